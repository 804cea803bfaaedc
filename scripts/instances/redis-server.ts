import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorCode, OperatorError } from "../../lib/core/index.ts";

/** A Redis server of this program's own, whose data ends with it. */
export interface RedisServer {
  url: string;
  close(): Promise<void>;
}

const HOW_TO_INSTALL =
  "Several instances need Redis, and there is no redis-server on this machine. Install it (Debian and Ubuntu: " +
  "sudo apt-get install redis-server; macOS: brew install redis), or name one that runs in REDIS_URL.";

/** Starts a Redis on a free port. @throws OperatorError when none is installed, or it ends at once */
export async function startRedisServer(program = "redis-server"): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "helpline-redis-"));
  const port = await freePort();
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  // A process group of its own: Ctrl-C at the terminal ends the instances first.
  const server = spawn(program, options, { stdio: ["ignore", "pipe", "ignore"], detached: true });
  try {
    await readiness(server);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    if (errorCode(error) !== "ENOENT") throw error;
    throw new OperatorError(HOW_TO_INSTALL, { code: "NO_REDIS", cause: error });
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    async close() {
      if (server.exitCode === null && server.signalCode === null) {
        const ended = once(server, "exit");
        server.kill("SIGTERM");
        await ended;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function readiness(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    server.once("error", reject);
    server.once("exit", () =>
      reject(new OperatorError(`redis-server ended:\n${output}`, { code: "NO_REDIS" })),
    );
    server.stdout?.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
      if (output.includes("Ready to accept connections")) resolve();
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
