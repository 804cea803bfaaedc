import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { OperatorError } from "../../lib/core/index.ts";

/** One of several instances, in a process of its own. */
export interface Instance {
  pid: number;
  /** The address of its dashboard. */
  url: string;
  /** Resolves when it has ended, with the exit code or the signal. */
  ended: Promise<number | string>;
  /** Tells it to stop, and waits for its end. */
  stop(): Promise<void>;
}

const IS_RUNNING = "Helpline is running";

/**
 * Starts one, and resolves when it runs. Its log goes to standard error, each line with its number in front.
 * @throws OperatorError when it ends instead
 */
export async function startInstance(
  number: number,
  environment: NodeJS.ProcessEnv,
  program = "dist/lib/main.js",
): Promise<Instance> {
  // A process group of its own, so that Ctrl-C reaches it only through this program, which ends Redis and the rest last.
  const child = spawn(process.execPath, [program], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  createInterface({ input: child.stderr }).on("line", (line) =>
    process.stderr.write(`[${number}] ${line}\n`),
  );
  const ended = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | string);
  let output = "";
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
      if (output.includes(IS_RUNNING) && /http:\S+/.test(output)) resolve();
    });
    ended.then(
      (how) => reject(new OperatorError(`Instance ${number} ended (${how}).`, { code: "INSTANCE_ENDED" })),
      reject,
    );
  });
  return {
    pid: child.pid ?? 0,
    url: /http:\/\/[^\s"]+/.exec(output)?.[0] ?? "",
    ended,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await ended;
    },
  };
}
