import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { AppError, type Clock, errorCode, errorMessage, type Logger, OperatorError } from "../core/index.ts";
import type { ServerContext } from "./commands/context.ts";
import { Cursors } from "./commands/cursors.ts";
import { expireDocuments } from "./commands/expiry.ts";
import { lockFolder } from "./folder-lock.ts";
import { Catalog } from "./storage/catalog.ts";
import { openEnvironment } from "./storage/environment.ts";
import { serveConnection } from "./wire/connection.ts";

/** How often expired documents and forgotten cursors are looked for (MongoDB: `ttlMonitorSleepSecs`). */
const SWEEP_MS = 60_000;

export interface EmbeddedMongoOptions {
  /** The folder of the data. Without one the data is temporary, and removed on close. */
  path?: string;
  /** The port on 127.0.0.1; a free one if it is left out. */
  port?: number;
  clock: Clock;
  logger: Logger;
}

export interface EmbeddedMongo {
  uri: string;
  port: number;
  /** Documents read since the start, to see whether an index serves a query. */
  documentsExamined(): number;
  /** Cursors that have more to give. */
  openCursors(): number;
  /** Deletes what has outlived a TTL index now, as happens every minute; answers how many documents that were. */
  expireNow(): Promise<number>;
  /** Ends every connection, and resolves when all that was acknowledged is on disk. */
  close(): Promise<void>;
}

/**
 * Starts a MongoDB wire server on 127.0.0.1 over an lmdb environment.
 * @throws OperatorError when the folder is in use by another process, or the port is taken.
 */
export async function startEmbeddedMongo(options: EmbeddedMongoOptions): Promise<EmbeddedMongo> {
  const { path, clock, logger } = options;
  const token = randomUUID();
  const listener = await listen(options.port ?? 0);
  const { port } = listener.server.address() as AddressInfo;
  try {
    const unlock =
      path === undefined ? async () => {} : await lockFolder(path, { pid: process.pid, port, token });
    const environment = await openEnvironment(path);
    const counters = { documentsExamined: 0 };
    const cursors = new Cursors(clock);
    const context: ServerContext = {
      environment,
      catalog: new Catalog(environment),
      cursors,
      counters,
      clock,
      token,
    };
    const stopSweeping = startSweeping(context, logger);
    listener.serve((socket, connectionId) => serveConnection(socket, context, connectionId, logger));
    return {
      uri: `mongodb://127.0.0.1:${port}/`,
      port,
      documentsExamined: () => counters.documentsExamined,
      openCursors: () => cursors.size,
      expireNow: () => expireDocuments(context),
      async close() {
        stopSweeping();
        await listener.close();
        await environment.close();
        await unlock();
      },
    };
  } catch (error) {
    await listener.close();
    throw error;
  }
}

interface Listener {
  server: Server;
  /** From now on clients are answered; those that came before waited. */
  serve(handler: (socket: Socket, connectionId: number) => void): void;
  close(): Promise<void>;
}

async function listen(port: number): Promise<Listener> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let handler: ((socket: Socket, connectionId: number) => void) | undefined;
  const waiting: Socket[] = [];
  const accept = (socket: Socket): void => {
    connections += 1;
    if (handler) handler(socket, connections);
    else waiting.push(socket);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
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
    server,
    serve(given) {
      handler = given;
      waiting.splice(0).forEach(accept);
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Looks for what has expired, every minute until it is stopped. */
function startSweeping(context: ServerContext, logger: Logger): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  const sweep = async (): Promise<void> => {
    context.cursors.sweep();
    try {
      await expireDocuments(context);
    } catch (error) {
      logger.error("Embedded database could not delete expired documents", { reason: errorMessage(error) });
    }
  };
  void (async () => {
    while (!signal.aborted) {
      await context.clock.sleep(SWEEP_MS, signal);
      await sweep();
    }
  })().catch((error: unknown) => {
    if (!signal.aborted)
      throw new AppError("The sweep ended.", { code: "EMBEDDED_MONGO_SWEEP", cause: error });
  });
  return () => stopping.abort();
}
