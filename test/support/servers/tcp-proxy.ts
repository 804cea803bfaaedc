import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A TCP proxy that a test can slow down or cut. */
export interface TcpProxy {
  readonly port: number;
  /** Delays everything the target sends from now on. */
  delayAnswers(ms: number): void;
  /** Limits each direction of a connection to this many bytes a second from now on. */
  limitSpeed(bytesPerSecond: number): void;
  /** Breaks every connection and accepts no new one. */
  cut(): Promise<void>;
  /** Accepts connections again, on the same port. */
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
      socket.on("error", () => {}); // connections are broken on purpose
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    pass(near, far, () => 0);
    pass(far, near, () => answerDelayMs);
  }

  /** Sends one chunk after the other, each once it is due. */
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

/** A database's address, password included, through a proxy on this machine. */
export function throughProxy(databaseUri: string, proxyPort: number): string {
  const uri = new URL(databaseUri);
  uri.port = String(proxyPort);
  return uri.href;
}

async function until(dueMs: number): Promise<void> {
  const waitMs = dueMs - performance.now();
  if (waitMs > 0) await sleep(waitMs);
}
