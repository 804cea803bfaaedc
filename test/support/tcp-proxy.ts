import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A wire between two programs that a test can cut. */
export interface TcpProxy {
  readonly port: number;
  /** Holds back everything the target says for so long, from now on. */
  delayAnswers(ms: number): void;
  /** Lets through no more than so many bytes a second each way of one connection, from now on. */
  limitSpeed(bytesPerSecond: number): void;
  /** Breaks every connection and takes no new one. */
  cut(): Promise<void>;
  /** Takes connections again, on the same port. */
  restore(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let port = 0;
  let answerDelayMs = 0;
  let bytesPerMs = Number.POSITIVE_INFINITY;
  let server: Server;

  function link(near: Socket): void {
    const far = connect(targetPort, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {}); // a broken wire is what this is for
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    pass(near, far, () => 0);
    pass(far, near, () => answerDelayMs);
  }

  /** One chunk after the other, each once it is due, whatever the ones behind it have to wait. */
  function pass(from: Socket, to: Socket, delayMs: () => number): void {
    let freeAtMs = 0;
    let passing = Promise.resolve();
    from.on("data", (chunk: Buffer) => {
      const nowMs = performance.now();
      freeAtMs = Math.max(freeAtMs, nowMs) + chunk.length / bytesPerMs;
      const dueMs = freeAtMs + delayMs();
      passing = passing.then(() => until(dueMs)).then(() => void to.write(chunk));
    });
    from.on("end", () => {
      passing = passing.then(() => void to.end());
    });
  }

  async function listen(): Promise<void> {
    server = createServer(link).listen(port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (typeof address === "object" && address) port = address.port;
  }

  await listen();
  return {
    get port() {
      return port;
    },
    delayAnswers(ms) {
      answerDelayMs = ms;
    },
    limitSpeed(bytesPerSecond) {
      bytesPerMs = bytesPerSecond / 1000;
    },
    async cut() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    restore: listen,
  };
}

async function until(dueMs: number): Promise<void> {
  const waitMs = dueMs - performance.now();
  if (waitMs > 0) await sleep(waitMs);
}
