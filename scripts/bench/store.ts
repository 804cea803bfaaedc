import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { type Collection, MongoClient } from "mongodb";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { startEmbeddedMongo } from "../../lib/embedded-mongo/index.ts";
import { type LargeMeasurement, largeTable, measureLarge } from "./store/large.ts";

interface Record {
  _id: number;
  chatKey: string;
  seq: number;
  text: string;
  count: number;
}

interface Measurement {
  server: string;
  operation: string;
  /** Operations per second with one and with fifty in flight. */
  single: number;
  fifty: number;
}

type Operation = (collection: Collection<Record>, id: number) => Promise<unknown>;

const CHATS = 500;
/** Calls of each kind before the measurement. */
const WARM_UP = 1_000;

/** The kinds of calls the store makes. `id` is different each time. */
const OPERATIONS: readonly [name: string, run: Operation][] = [
  ["insertOne", (records, id) => records.insertOne(record(id))],
  ["findOne by _id", (records, id) => records.findOne({ _id: id })],
  ["updateOne", (records, id) => records.updateOne({ _id: id }, { $inc: { count: 1 } })],
  [
    "findOneAndUpdate",
    (records, id) =>
      records.findOneAndUpdate({ _id: id }, { $set: { text: "changed" } }, { returnDocument: "after" }),
  ],
  [
    "indexed range find, 20 sorted",
    (records, id) =>
      records
        .find({ chatKey: `chat-${id % CHATS}`, seq: { $gte: 0 } })
        .sort({ seq: -1 })
        .limit(20)
        .toArray(),
  ],
];

function record(id: number): Record {
  return {
    _id: id,
    chatKey: `chat-${id % CHATS}`,
    seq: id,
    text: "How can I tell whether I am pregnant?",
    count: 0,
  };
}

/**
 * Prints the operations per second of one client in this process, and for how long the embedded database holds the event
 * loop while it works on a large collection.
 */
export async function benchStore({
  operations,
  documents,
  json,
}: {
  operations: number;
  /** Of the large collection; 0 leaves it out. */
  documents: number;
  json?: boolean;
}): Promise<void> {
  const results = await measureAll(operations);
  const large = documents > 0 && !process.env.MONGODB_URI ? await measureLargeIn(documents) : [];
  if (json) console.log(JSON.stringify({ results, large }, null, 2));
  else console.log([table(results), ...(large.length > 0 ? [largeTable(large)] : [])].join("\n\n"));
}

async function measureLargeIn(documents: number): Promise<LargeMeasurement[]> {
  const path = await mkdtemp(join(tmpdir(), "bench-store-"));
  try {
    return await measureLarge(documents, path);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

async function measureAll(operations: number): Promise<Measurement[]> {
  const { MONGODB_URI } = process.env;
  if (MONGODB_URI !== undefined && MONGODB_URI !== "") return measure("MONGODB_URI", MONGODB_URI, operations);
  const options = { clock: systemClock, logger: silentLogger };
  const memory = await startEmbeddedMongo(options);
  const inMemory = await measure("embedded, in memory", memory.uri, operations);
  await memory.close();
  const path = await mkdtemp(join(tmpdir(), "bench-store-"));
  const durable = await startEmbeddedMongo({ path, ...options });
  const onDisk = await measure("embedded, durable", durable.uri, operations);
  await durable.close();
  await rm(path, { recursive: true });
  return [...inMemory, ...onDisk];
}

async function measure(server: string, uri: string, operations: number): Promise<Measurement[]> {
  const client = new MongoClient(uri, { maxPoolSize: 50, minPoolSize: 10 });
  const db = client.db(`bench-${process.pid}`);
  const records = db.collection<Record>("records");
  await records.createIndex({ chatKey: 1, seq: 1 });
  const results: Measurement[] = [];
  let lastId = 0;
  const newId = (): number => {
    lastId += 1;
    return lastId;
  };
  for (const [, run] of OPERATIONS) await rate(50, WARM_UP, () => run(records, newId()));
  for (const [operation, run] of OPERATIONS) {
    const next = operation === "insertOne" ? newId : () => (newId() % operations) + 1;
    // Fewer, since each waits for the disk.
    const single = await rate(1, operations / 10, () => run(records, next()));
    const fifty = await rate(50, operations, () => run(records, next()));
    results.push({ server, operation, single, fifty });
  }
  await db.dropDatabase();
  await client.close();
  return results;
}

/** Completed calls per second with a number of calls in flight. */
async function rate(inFlight: number, calls: number, call: () => Promise<unknown>): Promise<number> {
  let started = 0;
  const start = performance.now();
  const worker = async (): Promise<void> => {
    while (started < calls) {
      started += 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return Math.round((started / (performance.now() - start)) * 1000);
}

function table(results: readonly Measurement[]): string {
  const rows = new Table({
    style: { head: [], border: [] },
    head: ["server", "operation", "per second, one at a time", "per second, 50 in flight"],
  });
  for (const { server, operation, single, fifty } of results) rows.push([server, operation, single, fifty]);
  return rows.toString();
}
