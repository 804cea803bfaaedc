import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A wire between two programs that a test can cut. */
export interface TcpProxy {
  readonly port: number;
  /** Holds back everything the target says for so long, from now on. */
  delayAnswers(ms: number): void;
  /** Lets through no more than so many bytes a second of what the target says on one connection, from now on. */
  limitAnswers(bytesPerSecond: number): void;
  /** Breaks every connection and takes no new one. */
  cut(): Promise<void>;
  /** Takes connections again, on the same port. */
  restore(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let port = 0;
  let answerDelayMs = 0;
  let answerBytesPerMs = Number.POSITIVE_INFINITY;
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
    near.pipe(far);
    far.on("end", () => near.end());
    let freeAtMs = 0;
    far.on("data", (chunk: Buffer) => {
      const nowMs = performance.now();
      freeAtMs = Math.max(freeAtMs, nowMs) + chunk.length / answerBytesPerMs;
      const waitMs = answerDelayMs + freeAtMs - nowMs;
      if (waitMs === 0) near.write(chunk);
      else setTimeout(() => near.write(chunk), waitMs);
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
    limitAnswers(bytesPerSecond) {
      answerBytesPerMs = bytesPerSecond / 1000;
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
