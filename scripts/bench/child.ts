import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** A child process of a bench, which answers each message with one of the same kind. */
export interface BenchProcess {
  readonly pid: number | undefined;
  /**
   * Sends a message and waits for its answer.
   * @throws when the process fails or ends first
   */
  ask<Answer>(kind: string, about?: unknown): Promise<Answer>;
  end(): Promise<void>;
}

interface Message {
  kind: string;
  about?: unknown;
  failure?: string;
}

/** The time that a process has to end once its work is over. */
const END_MS = 5_000;

/** Starts a script in the folder of the caller's file; compiled if that is. */
export function startProcess(script: string, callerUrl: string, args: readonly string[] = []): BenchProcess {
  const extension = extname(fileURLToPath(callerUrl));
  const child = fork(fileURLToPath(new URL(`${script}${extension}`, callerUrl)), args, {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    pid: child.pid,
    ask: (kind, about) => ask(child, kind, about),
    async end() {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill("SIGKILL"), END_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

function ask<Answer>(child: ChildProcess, kind: string, about: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      child.off("message", read);
      child.off("exit", gone);
    };
    const gone = (code: number | null): void => {
      end();
      reject(new Error(`A process of the bench ended with ${code} when asked for "${kind}"`));
    };
    const read = (message: Message): void => {
      if (message.kind !== kind) return;
      end();
      if (message.failure === undefined) resolve(message.about as Answer);
      else reject(new Error(message.failure));
    };
    child.on("message", read);
    child.on("exit", gone);
    child.send({ kind, about });
  });
}

/** Runs in the child process: answers messages until the parent disconnects. */
export function answerMessages(answers: Record<string, (about: never) => unknown>): void {
  process.once("disconnect", () => process.exit());
  process.on("message", ({ kind, about }: Message) => {
    Promise.resolve(about as never)
      .then((question) => answers[kind]?.(question))
      .then(
        (answer) => process.send?.({ kind, about: answer }),
        (error: unknown) => process.send?.({ kind, failure: String(error) }),
      );
  });
}
