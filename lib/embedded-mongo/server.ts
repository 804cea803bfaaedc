import { randomUUID } from "node:crypto";
import { Mutex } from "async-mutex";
import type { Clock, Logger } from "../core/index.ts";
import { addressOf, credentialsOf, randomPassword } from "./access/credentials.ts";
import { reserveEncodingBuffer } from "./bson/encode.ts";
import type { ServerContext } from "./commands/context.ts";
import { Cursors } from "./commands/reading/cursors.ts";
import { expireDocuments } from "./commands/schema/expiry.ts";
import { lockFolder } from "./folder-lock.ts";
import { Catalog } from "./storage/catalog.ts";
import { type Environment, openEnvironment } from "./storage/environment.ts";
import { Garbage } from "./storage/garbage.ts";
import { Turns } from "./turns/turns.ts";
import { serveConnection } from "./wire/connection.ts";
import { listen } from "./wire/listener.ts";
import { Strangers } from "./wire/strangers.ts";

/** The interval between sweeps of expired documents and idle cursors (MongoDB: `ttlMonitorSleepSecs`). */
const SWEEP_MS = 60_000;

export interface EmbeddedMongoOptions {
  /** The data folder. Without one the data is temporary and deleted on close. */
  path?: string;
  /** The port on 127.0.0.1; by default a free one. */
  port?: number;
  /** What clients authenticate with; by default a new random one. */
  password?: string;
  /** How long commands work at once; tests have them pause more often. */
  turns?: Turns;
  clock: Clock;
  logger: Logger;
}

export interface EmbeddedMongo {
  /** The address with the password. */
  uri: string;
  port: number;
  /** Documents read since the start, to test whether a query uses an index. */
  documentsExamined(): number;
  /** Cursors that are not exhausted. */
  openCursors(): number;
  /** Runs the TTL sweep now, as happens every minute. @returns the number of deleted documents */
  expireNow(): Promise<number>;
  /**
   * Rewrites the data file, so that nothing is left in it of what was deleted or replaced before.
   * @throws when the disk is full or fails; then nothing has changed
   */
  rewrite(): Promise<void>;
  /** Closes every connection, and resolves when every acknowledged write is on disk. */
  close(): Promise<void>;
}

/**
 * Starts a MongoDB wire server on 127.0.0.1 over an lmdb environment. Only who has the address with its password is served.
 * @throws OperatorError when the folder is in use by another process, cannot be written to, or the port is taken
 */
export async function startEmbeddedMongo(options: EmbeddedMongoOptions): Promise<EmbeddedMongo> {
  const { path, clock, logger } = options;
  const token = randomUUID();
  const password = options.password ?? randomPassword();
  reserveEncodingBuffer();
  /** Run in reverse order on close, and when the start fails. */
  const undo: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const listener = await listen(options.port ?? 0);
    const { port } = listener;
    undo.push(listener.close);
    if (path !== undefined) await lockFolder(path, { pid: process.pid, port, token }, logger);
    const environment = await openEnvironment(path);
    undo.push(() => environment.close());
    const { turns = new Turns() } = options;
    const garbage = new Garbage(environment, turns);
    const counters = { documentsExamined: 0 };
    const giveRoomBack = (): void => {
      freeRoom(environment, garbage).catch((error: unknown) => {
        logger.error("Embedded database could not give room back", { error });
      });
    };
    const context: ServerContext = {
      environment,
      catalog: new Catalog(environment),
      garbage,
      turns,
      schema: new Mutex(),
      giveRoomBack,
      cursors: new Cursors({ clock, environment, turns, counters }),
      counters,
      clock,
      token,
      credentials: credentialsOf(password),
    };
    const { cursors } = context;
    const strangers = new Strangers();
    listener.serve((socket, connectionId) => {
      const client = { connectionId, isAuthenticated: false };
      strangers.admit(socket, client);
      serveConnection(socket, context, client, logger);
    });
    // Connections must end before the data is closed.
    undo.push(() => garbage.stop(), listener.close, startSweeping(context, logger));
    giveRoomBack(); // what a crash left
    return {
      uri: addressOf(port, password),
      port,
      documentsExamined: () => counters.documentsExamined,
      openCursors: () => cursors.size,
      expireNow: () => expireDocuments(context),
      async rewrite() {
        await garbage.sweep();
        await environment.rewrite();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Deletes what was dropped, and makes the file smaller if most of it is free then. */
async function freeRoom(environment: Environment, garbage: Garbage): Promise<void> {
  await garbage.sweep();
  if (await environment.isMostlyFree()) await environment.rewrite();
}

/** Sweeps every minute. @returns a function that stops it, after a deletion in progress */
function startSweeping(context: ServerContext, logger: Logger): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const sweep = async (): Promise<void> => {
    context.cursors.sweep();
    await expireDocuments(context, signal);
  };
  const run = async (): Promise<void> => {
    for (;;) {
      await context.clock.sleep(SWEEP_MS, signal);
      await sweep().catch((error: unknown) => {
        logger.error("Embedded database could not delete expired documents", { error });
      });
    }
  };
  const running = run().catch(() => {}); // only the signal ends it
  return async () => {
    stopping.abort();
    await running;
  };
}
