import type { Encodable } from "../../bson/encode.ts";
import type { Document } from "../../bson/values.ts";
import { CommandError } from "../../errors.ts";
import { compileProjection } from "../../query/projection.ts";
import type { Selection } from "../../query/scan.ts";
import { compileUpdate } from "../../update/update.ts";
import { documentToInsert } from "../../update/upsert.ts";
import {
  anything,
  collectionName,
  document,
  flag,
  ignored,
  readArguments,
  unsupported,
  withDefault,
} from "../arguments.ts";
import {
  type CommandRequest,
  type Handler,
  namespaceOf,
  openCollection,
  openOrCreate,
  type Reply,
  type ServerContext,
} from "../context.ts";
import { checkHint } from "../hint.ts";
import { type ApplyChange, changeAtOnce, changeInTurns } from "./change.ts";

const EMPTY: Document = new Map();

export const findAndModify: Handler = async (server, request) => {
  const options = readOptions(request);
  if (options.remove && (options.update !== undefined || options.upsert || options.new)) {
    throw new CommandError("FailedToParse", "Cannot specify both an update and remove=true");
  }
  if (!options.remove && options.update === undefined) {
    throw new CommandError("FailedToParse", "Either an update or remove=true must be specified");
  }
  const namespace = namespaceOf(request);
  const project = compileProjection(options.fields);
  const answer: Answer = (found) => (found ? project(found) : null);
  const reply = await server.environment.write(() => modifyAtOnce(server, namespace, options, answer));
  return reply ?? modifyInTurns(server, namespace, options, answer);
};

type Options = ReturnType<typeof readOptions>;

function readOptions(request: CommandRequest) {
  return readArguments(request.command, "findAndModify", {
    findAndModify: collectionName,
    query: withDefault(document, EMPTY),
    sort: withDefault(document, EMPTY),
    fields: withDefault(document, EMPTY),
    update: anything,
    remove: withDefault(flag, false),
    new: withDefault(flag, false),
    upsert: withDefault(flag, false),
    hint: anything,
    bypassDocumentValidation: ignored,
    collation: unsupported,
    arrayFilters: unsupported,
    let: unsupported,
  });
}

type Answer = (found: Document | undefined) => Encodable;

/** Undefined when the document is not found at once. Only inside `write`. */
function modifyAtOnce(
  server: ServerContext,
  namespace: string,
  options: Options,
  answer: Answer,
): Reply | undefined {
  const existing = openCollection(server, namespace);
  checkHint(existing, options.hint);
  const change = compileChange(server, options, answer);
  const found = changeAtOnce(server, existing, selectionOf(options), change.apply);
  if (found === undefined) return undefined;
  return found > 0 ? change.reply() : withoutMatch(server, namespace, options, answer);
}

async function modifyInTurns(
  server: ServerContext,
  namespace: string,
  options: Options,
  answer: Answer,
): Promise<Reply> {
  const change = compileChange(server, options, answer);
  const found = await changeInTurns(server, namespace, selectionOf(options), change.apply);
  if (found > 0) return change.reply();
  return server.environment.write(() => withoutMatch(server, namespace, options, answer));
}

function selectionOf({ query, sort }: Options): Selection {
  return { query, sort, limit: 1 };
}

/** A change that keeps what to reply. */
function compileChange(
  server: ServerContext,
  options: Options,
  answer: Answer,
): { apply: ApplyChange; reply(): Reply } {
  let reply: Reply = {};
  if (options.remove) {
    return {
      apply(collection, stored) {
        collection.remove(stored);
        reply = { lastErrorObject: { n: 1 }, value: answer(stored.document) };
      },
      reply: () => reply,
    };
  }
  const update = compileUpdate(options.update);
  const now = new Date(server.clock.now());
  return {
    apply(collection, stored) {
      const after = update.apply(stored.document, { now, inserting: false });
      collection.replace(stored, after);
      reply = {
        lastErrorObject: { n: 1, updatedExisting: true },
        value: answer(options.new ? after : stored.document),
      };
    },
    reply: () => reply,
  };
}

/** Only inside `write`. */
function withoutMatch(server: ServerContext, namespace: string, options: Options, answer: Answer): Reply {
  if (options.remove) return { lastErrorObject: { n: 0 }, value: null };
  if (!options.upsert) return { lastErrorObject: { n: 0, updatedExisting: false }, value: null };
  const inserted = documentToInsert(
    options.query,
    compileUpdate(options.update),
    new Date(server.clock.now()),
  );
  openOrCreate(server, namespace).insert(inserted);
  const lastErrorObject = { n: 1, updatedExisting: false, upserted: inserted.get("_id") ?? null };
  return { lastErrorObject, value: answer(options.new ? inserted : undefined) };
}
