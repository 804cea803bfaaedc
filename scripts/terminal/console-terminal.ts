import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import type { Terminal } from "../../lib/app/index.ts";
import { OperatorError } from "../../lib/core/index.ts";

/**
 * A terminal over the standard streams; answers may also come from a pipe, a line each.
 * `ask` throws OperatorError INPUT_ENDED when a question is asked again after the end of the input.
 */
export function openConsole(): Terminal & { close(): void } {
  let isMuted = false;
  const echo = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!isMuted) process.stdout.write(chunk);
      done();
    },
  });
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const reader = createInterface({ input: process.stdin, output: echo, terminal: isTerminal });
  /** Lines that came before they were asked for: a pipe delivers several at once. */
  const lines: string[] = [];
  let resolveLine: ((line: string) => void) | undefined;
  let isAtEnd = false;
  /** Questions asked after the end of the input. */
  const askedInVain = new Set<string>();
  const give = (line: string): boolean => {
    const resolve = resolveLine;
    resolveLine = undefined; // at once: the next line may come before the question that waited goes on
    resolve?.(line);
    return resolve !== undefined;
  };
  reader.on("line", (line) => {
    if (!give(line)) lines.push(line);
  });
  reader.on("close", () => {
    isAtEnd = true;
    give("");
  });
  reader.on("SIGINT", () => process.exit(130));

  const nextLine = (): Promise<string> =>
    new Promise((resolve) => {
      resolveLine = resolve;
    });

  /** Enter, once for each question: what is asked again wants another answer, and none will come. */
  function endOfInput(question: string): string {
    if (askedInVain.has(question)) {
      throw new OperatorError("The input ended before this was answered.", { code: "INPUT_ENDED" });
    }
    askedInVain.add(question);
    return "";
  }

  return {
    say: (text) => void process.stdout.write(`${text}\n`),
    async ask(question, { isSecret = false } = {}) {
      process.stdout.write(question);
      isMuted = isSecret;
      const line = lines.shift() ?? (isAtEnd ? endOfInput(question) : await nextLine());
      if (isMuted || !isTerminal) process.stdout.write("\n");
      isMuted = false;
      return line.trim();
    },
    close: () => reader.close(),
  };
}
