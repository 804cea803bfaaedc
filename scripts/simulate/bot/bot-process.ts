import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A start that takes longer has failed. */
const START_TIMEOUT_MS = 60_000;

/** The built program in a process of its own. */
export interface BotProcess {
  readonly pid: number;
  /** The address of its pages. */
  readonly url: string;
  /** Its standard output and standard error so far. */
  output(): string;
  /** Resolves once it has written the text. */
  waitForOutput(text: string): Promise<void>;
  /** Resolves with the exit code once the process has ended and all it wrote is read; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Sends a signal, and resolves like `exited`. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/**
 * Starts the built program, and resolves when it says that it is running.
 * @param nodeArguments arguments for Node itself, such as `--cpu-prof`
 */
export async function startBot(
  environment: Record<string, string>,
  nodeArguments: readonly string[] = [],
): Promise<BotProcess> {
  const child = spawn(process.execPath, [...nodeArguments, "dist/lib/main.js"], {
    env: { PATH: process.env.PATH ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const readers = new Set<() => void>();
  const exited = once(child, "close").then(([code]) => code as number | null);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The bot did not start:\n${output}`)), START_TIMEOUT_MS);
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
