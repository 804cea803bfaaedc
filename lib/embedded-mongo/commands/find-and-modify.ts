import type { Encodable } from "../bson/encode.ts";
import type { Document } from "../bson/values.ts";
import { CommandError } from "../errors.ts";
import { compileProjection } from "../query/projection.ts";
import { select } from "../query/scan.ts";
import { compileUpdate } from "../update/update.ts";
import { documentToInsert } from "../update/upsert.ts";
import {
  anything,
  collectionName,
  document,
  flag,
  ignored,
  readArguments,
  unsupported,
  withDefault,
} from "./arguments.ts";
import {
  type CommandRequest,
  type Handler,
  namespaceOf,
  openCollection,
  openOrCreate,
  type Reply,
  type ServerContext,
} from "./context.ts";
import { checkHint } from "./hint.ts";

const EMPTY: Document = new Map();

export const findAndModify: Handler = (server, request) => {
  const options = readOptions(request);
  if (options.remove && (options.update !== undefined || options.upsert || options.new)) {
    throw new CommandError("FailedToParse", "Cannot specify both an update and remove=true");
  }
  if (!options.remove && options.update === undefined) {
    throw new CommandError("FailedToParse", "Either an update or remove=true must be specified");
  }
  const namespace = namespaceOf(request);
  const project = compileProjection(options.fields);
  const answer = (found: Document | undefined): Encodable => (found ? project(found) : null);
  return server.environment.write(() => modify(server, namespace, options, answer));
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

function modify(
  server: ServerContext,
  namespace: string,
  options: Options,
  answer: (found: Document | undefined) => Encodable,
): Reply {
  const existing = openCollection(server, namespace);
  checkHint(existing, options.hint);
  const [stored] = select(existing, { query: options.query, sort: options.sort, limit: 1 }, server.counters);
  if (options.remove) {
    if (stored) existing?.remove(stored);
    return { lastErrorObject: { n: stored ? 1 : 0 }, value: answer(stored?.document) };
  }
  const update = compileUpdate(options.update);
  const now = new Date(server.clock.now());
  if (stored) {
    const after = update.apply(stored.document, { now, inserting: false });
    existing?.replace(stored, after);
    return {
      lastErrorObject: { n: 1, updatedExisting: true },
      value: answer(options.new ? after : stored.document),
    };
  }
  if (!options.upsert) return { lastErrorObject: { n: 0, updatedExisting: false }, value: null };
  const inserted = documentToInsert(options.query, update, now);
  openOrCreate(server, namespace).insert(inserted);
  const lastErrorObject = { n: 1, updatedExisting: false, upserted: inserted.get("_id") ?? null };
  return { lastErrorObject, value: answer(options.new ? inserted : undefined) };
}
