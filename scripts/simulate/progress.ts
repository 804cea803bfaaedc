import { SingleBar } from "cli-progress";

/** Shows the progress of a simulation, on a terminal only. */
export interface Progress {
  show(state: { phase: string; asked: number; answered: number; expected: number }): void;
  end(): void;
}

/** A bar on standard error, so that standard output stays clean for `--json`. */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { show() {}, end() {} };
  const bar = new SingleBar({
    format: "{bar} {value}/{total} answered, {asked} asked ({phase}) {duration_formatted}",
    stream,
    clearOnComplete: true,
    hideCursor: true,
  });
  let total = 0;
  return {
    show({ phase, asked, answered, expected }) {
      if (total === 0) bar.start(expected, 0, { asked, phase });
      if (expected !== total) bar.setTotal(expected);
      total = expected;
      bar.update(answered, { asked, phase });
    },
    end() {
      bar.stop();
    },
  };
}
