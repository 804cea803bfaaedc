import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A wire between two programs that a test can cut. */
export interface TcpProxy {
  readonly port: number;
  /** Breaks every connection and takes no new one. */
  cut(): Promise<void>;
  /** Takes connections again, on the same port. */
  restore(): Promise<void>;
}

/** @param answerDelayMs holds back everything the target says for so long */
export async function startTcpProxy(targetPort: number, answerDelayMs = 0): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let port = 0;
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
    if (answerDelayMs === 0) far.pipe(near);
    else far.on("data", (chunk: Buffer) => setTimeout(() => near.write(chunk), answerDelayMs));
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
    async cut() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    restore: listen,
  };
}
