import { errorMessage, type Logger } from "../../core/index.ts";
import { type Document, isDocument, isNumber, toNumber } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { LEFT_OUT } from "../left-out.ts";
import { checkAccess, saslContinue, saslStart } from "./connection/authenticate.ts";
import { buildInfo, hello, ping } from "./connection/handshake.ts";
import type { Client, CommandRequest, Handler, Reply, ServerContext } from "./context.ts";
import { aggregate } from "./reading/aggregate.ts";
import { count, distinct, find, getMore, killCursors } from "./reading/reads.ts";
import { errorFields } from "./reply.ts";
import * as schema from "./schema/schema.ts";
import { findAndModify } from "./writing/find-and-modify.ts";
import { insert, remove, update } from "./writing/writes.ts";

const HANDLERS: Readonly<Record<string, Handler>> = {
  hello,
  isMaster: hello,
  ismaster: hello,
  ping,
  buildInfo,
  buildinfo: buildInfo,
  endSessions: ping,
  saslStart,
  saslContinue,
  find,
  getMore,
  killCursors,
  count,
  distinct,
  aggregate,
  insert,
  update,
  delete: remove,
  findAndModify,
  create: schema.create,
  createIndexes: schema.createIndexes,
  listIndexes: schema.listIndexes,
  dropIndexes: schema.dropIndexes,
  listCollections: schema.listCollections,
  listDatabases: schema.listDatabases,
  drop: schema.drop,
  dropDatabase: schema.dropDatabase,
};

/** MongoDB's rules for database names, on all platforms. */
const DATABASE_NAME = /^[^/\\. "$*<>:|?\0]{1,63}$/;

/** The read concerns a standalone server supports. */
const READ_CONCERNS: readonly unknown[] = ["local", "available", "majority"];

/** Executes a command. Never throws: errors are part of the reply. */
export async function dispatch(
  server: ServerContext,
  command: Document,
  { client, logger }: { client: Client; logger: Logger },
): Promise<Reply> {
  const name = command.keys().next().value ?? "";
  try {
    const handler = Object.hasOwn(HANDLERS, name) ? HANDLERS[name] : undefined;
    if (LEFT_OUT.commands.has(name)) throw notSupported(`the command ${name}`);
    if (!handler) throw new CommandError("CommandNotFound", `no such command: '${name}'`);
    const request: CommandRequest = { name, command, client, database: databaseOf(command) };
    checkAccess(request);
    checkGeneric(command);
    return { ...(await handler(server, request)), ok: 1 };
  } catch (error) {
    if (error instanceof CommandError) return { ok: 0, ...errorFields(error) };
    logger.error("Embedded database failed", { command: name, error });
    return { ok: 0, ...errorFields(new CommandError("InternalError", errorMessage(error))) };
  }
}

function databaseOf(command: Document): string {
  const database = command.get("$db");
  if (typeof database !== "string") {
    throw new CommandError("Location40414", "BSON field 'OpMsg.$db' is missing but a required field");
  }
  if (!DATABASE_NAME.test(database)) {
    throw new CommandError("InvalidNamespace", `Invalid database name: '${database}'`);
  }
  return database;
}

function checkGeneric(command: Document): void {
  if (command.has("txnNumber") || command.has("startTransaction") || command.has("autocommit")) {
    throw new CommandError(
      "IllegalOperation",
      "Transaction numbers are only allowed on a replica set member or mongos",
    );
  }
  const readConcern = command.get("readConcern");
  if (isDocument(readConcern) && readConcern.size > 0 && !READ_CONCERNS.includes(readConcern.get("level"))) {
    throw new CommandError("NotAReplicaSet", "this read concern needs a replica set");
  }
  const writeConcern = command.get("writeConcern");
  const acknowledgements = isDocument(writeConcern) ? (writeConcern.get("w") ?? 1) : 1;
  const w = isNumber(acknowledgements) ? toNumber(acknowledgements) : acknowledgements;
  if (w !== 0 && w !== 1 && w !== "majority") {
    throw new CommandError(
      "BadValue",
      "cannot use 'w' other than 0, 1 and 'majority' when a host is not replicated",
    );
  }
}
