import { createHash } from "node:crypto";
import { BSON, type Collection, type Db } from "mongodb";
import { AppError, OperatorError } from "../../core/index.ts";
import { connect } from "../client.ts";
import { createIndexes, dataCollections, indexesOf } from "./collections.ts";
import { fillStateOf, markFinished, markUnfinished, refuseUnfinished } from "./transfer-mark.ts";
import { batchesOf, readTyped, toBson } from "./typed-documents.ts";

export interface MoveOptions {
  from: { uri: string; database: string };
  to: { uri: string; database: string };
  /** Names the source in the target while it is filled: an interrupted move goes on only from the same one. */
  source: string;
  /** Called after each collection. */
  onMoved(moved: MovedCollection): void;
}

/** A collection that is the same in both databases now. */
export interface MovedCollection {
  name: string;
  documents: number;
  /** The same number in both databases when the same documents are in both, in any order. */
  checksum: string;
}

/**
 * Copies a database into an empty one, or goes on with a copy that was interrupted. The source stays as it is, and must
 * not change meanwhile.
 * @throws OperatorError DATABASE_NOT_EMPTY; AppError COPY_DIFFERS when the copy is not the same in the end
 */
export async function moveDatabase({ from, to, source, onMoved }: MoveOptions): Promise<void> {
  const origin = await connect({ uri: from.uri, maxPoolSize: 2, minPoolSize: 0 });
  try {
    const target = await connect({ uri: to.uri, maxPoolSize: 2, minPoolSize: 0 });
    try {
      await copyAll(origin.client.db(from.database), target.client.db(to.database), source, onMoved);
    } finally {
      await target.client.close();
    }
  } finally {
    await origin.client.close();
  }
}

async function copyAll(from: Db, to: Db, source: string, onMoved: MoveOptions["onMoved"]): Promise<void> {
  await refuseUnfinished(from);
  const names = await dataCollections(from);
  if (names.length === 0) {
    throw new OperatorError(`The database ${from.databaseName} is empty: there is nothing to move.`, {
      code: "NOTHING_TO_MOVE",
    });
  }
  const state = await fillStateOf(to);
  if (state.kind === "filled" || (state.kind === "unfinished" && state.source !== source)) {
    const what = state.kind === "filled" ? "has data already" : "holds a part of another restore or move";
    throw new OperatorError(`The database ${to.databaseName} ${what}. Choose an empty one.`, {
      code: "DATABASE_NOT_EMPTY",
    });
  }
  await markUnfinished(to, source);
  for (const name of names) onMoved({ name, ...(await copyCollection(from, to, name)) });
  await markFinished(to);
}

/** How often a collection is copied anew, when the source changed since an interrupted copy or loses what is too old. */
const MAX_COPIES = 3;

async function copyCollection(from: Db, to: Db, name: string): Promise<Omit<MovedCollection, "name">> {
  const [origin, target] = [from.collection(name), to.collection(name)];
  for (let copies = 0; copies < MAX_COPIES; copies += 1) {
    if (copies > 0) await target.drop();
    await copyMissing(origin, target);
    const [expected, copied] = [await digestOf(origin), await digestOf(target)];
    if (copied.documents !== expected.documents || copied.checksum !== expected.checksum) continue;
    await createIndexes(to, name, await indexesOf(from, name));
    return expected;
  }
  throw new AppError(`${name} is not the same in both databases. Is a bot still running with one of them?`, {
    code: "COPY_DIFFERS",
  });
}

async function copyMissing(origin: Collection, target: Collection): Promise<void> {
  for await (const batch of batchesOf(readTyped(origin))) {
    const ids = batch.map(({ _id }) => _id);
    const there = await readTyped(target, {
      filter: { _id: { $in: ids } },
      projection: { _id: 1 },
    }).toArray();
    const known = new Set(there.map(({ _id }) => idKey(_id)));
    const missing = batch.filter(({ _id }) => !known.has(idKey(_id)));
    if (missing.length > 0) await target.insertMany(missing);
  }
}

function idKey(id: unknown): string {
  return BSON.EJSON.stringify(id, { relaxed: false });
}

const HASH_BYTES = 32;

/** The number of documents, and the XOR of their SHA-256 hashes. */
async function digestOf(collection: Collection): Promise<Omit<MovedCollection, "name">> {
  const sum = Buffer.alloc(HASH_BYTES);
  let documents = 0;
  for await (const document of readTyped(collection)) {
    const hash = createHash("sha256").update(toBson(document)).digest();
    for (let index = 0; index < HASH_BYTES; index += 1) sum[index] = (sum[index] ?? 0) ^ (hash[index] ?? 0);
    documents += 1;
  }
  return { documents, checksum: sum.toString("hex").slice(0, 16) };
}
