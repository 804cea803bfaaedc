import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { errorCode, OperatorError } from "../../core/index.ts";

type SocketHandler = (socket: Socket, connectionId: number) => void;

/** A port on 127.0.0.1 that accepts connections. */
export interface Listener {
  port: number;
  /** Starts to answer clients; earlier connections have waited. */
  serve(handler: SocketHandler): void;
  /** Closes every connection. May be called again. */
  close(): Promise<void>;
}

/** @throws OperatorError when the port is taken. */
export async function listen(port: number): Promise<Listener> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let handler: SocketHandler | undefined;
  const waiting: Socket[] = [];
  const accept = (socket: Socket): void => {
    connections += 1;
    if (handler) handler(socket, connections);
    else waiting.push(socket);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy()); // the client disconnected
    accept(socket);
  });
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    if (errorCode(error) !== "EADDRINUSE") throw error;
    throw new OperatorError(`Port ${port} is in use. Stop the other program, or choose another port.`, {
      code: "EMBEDDED_MONGO_PORT",
      cause: error,
    });
  }
  return {
    port: (server.address() as AddressInfo).port,
    serve(given) {
      handler = given;
      waiting.splice(0).forEach(accept);
    },
    async close() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
