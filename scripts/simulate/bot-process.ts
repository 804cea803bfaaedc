import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** How long a start may take before it counts as failed, in milliseconds. */
const START_MS = 60_000;

/** The real program, built, as a process of its own. */
export interface BotProcess {
  readonly pid: number;
  /** Where its pages are. */
  readonly url: string;
  /** What it wrote to standard output and standard error so far. */
  output(): string;
  /** Resolves once it has written the text. */
  waitForOutput(text: string): Promise<void>;
  /** Resolves with the exit code (null when a signal ended it) once it is gone, whoever ended it. */
  readonly exited: Promise<number | null>;
  /** Sends a signal and resolves with the exit code (null when the signal ended it) once it is gone. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts `npm start`'s program and resolves when it says that it runs. */
export async function startBot(environment: Record<string, string>): Promise<BotProcess> {
  const child = spawn(process.execPath, ["dist/lib/main.js"], {
    env: { PATH: process.env.PATH ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const readers = new Set<() => void>();
  const exited = once(child, "exit").then(([code]) => code as number | null);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The bot did not start:\n${output}`)), START_MS);
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      for (const look of readers) look();
      if (output.includes("Helpline is running")) resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    exited.then((code) => reject(new Error(`The bot ended with ${code}:\n${output}`)), reject);
    exited.finally(() => clearTimeout(timer)).catch(reject);
  });
  return {
    pid: pidOf(child),
    url: /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? "",
    exited,
    output: () => output,
    waitForOutput: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!output.includes(text)) return;
          readers.delete(look);
          resolve();
        };
        readers.add(look);
        look();
      }),
    end(signal) {
      child.kill(signal);
      return exited;
    },
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error("The bot has no process.");
  return child.pid;
}
