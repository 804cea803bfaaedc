import { stat } from "node:fs/promises";
import { join } from "node:path";
import Table from "cli-table3";
import { type Collection, MongoClient } from "mongodb";
import { startProcess } from "../child.ts";
import type { Stall } from "../measuring/stalls.ts";

interface LargeRecord {
  _id: number;
  chatKey: string;
  seq: number;
  state: string;
  text: string;
  at: Date;
}

type Records = Collection<LargeRecord>;

/** What an operation took, and for how long it held the server's event loop. */
export interface LargeMeasurement extends Stall {
  operation: string;
  ms: number;
  rssMb: number;
  /** What it found or changed, to see that it did something. */
  result: unknown;
}

/** All of it ends by then. */
const LIMIT_MS = 5 * 60_000;
/** The insertions get so much of it. */
const INSERT_MS = 2 * 60_000;
const BATCH = 5_000;
const CHATS = 500;
const STATES = ["received", "done", "dead"];

/** Everything that looks at, or changes, a whole collection. */
const OPERATIONS: readonly [name: string, run: (records: Records, size: number) => Promise<unknown>][] = [
  ["countDocuments({})", (records) => records.countDocuments({})],
  ["estimatedDocumentCount", (records) => records.estimatedDocumentCount()],
  ["countDocuments, full scan", (records) => records.countDocuments({ state: "done" })],
  ["findOne, full scan, nothing found", (records) => records.findOne({ text: "nothing" })],
  [
    "$or of parts without indexes",
    (records) => records.find({ $or: [{ seq: 5 }, { text: "nothing" }] }).toArray(),
  ],
  [
    "distinct, 30,000 values",
    async (records) => (await records.distinct("seq", { seq: { $lt: 30_000 } })).length,
  ],
  [
    "sort without an index, 20 of it",
    async (records) => (await records.find().sort({ text: 1, seq: -1 }).limit(20).toArray()).length,
  ],
  ["sort without an index, its first batch", (records) => firstOf(records.find().sort({ state: 1, at: -1 }))],
  [
    "$group by a field with a value for each",
    (records) => firstOf(records.aggregate([{ $group: { _id: "$seq", n: { $sum: 1 } } }])),
  ],
  ["find, all of it", readAll],
  ["createIndex", (records) => records.createIndex({ chatKey: 1, seq: 1 })],
  ["createIndex, unique", (records) => records.createIndex({ at: 1 }, { unique: true })],
  [
    "$or of indexed parts",
    async (records) =>
      (
        await records
          .find({ $or: [{ chatKey: "chat-7", seq: { $lt: 5_000 } }, { at: new Date(77) }] })
          .toArray()
      ).length,
  ],
  [
    "updateOne, full scan",
    (records, size) => records.updateOne({ text: /hear/, seq: size - 1 }, { $set: { text: "x" } }),
  ],
  [
    "updateMany, a third of it",
    async (records) =>
      (await records.updateMany({ state: "received" }, { $set: { state: "done" } })).modifiedCount,
  ],
  [
    "twenty full scans at once",
    async (records) =>
      (
        await Promise.all(
          Array.from({ length: 20 }, (_, n) => records.findOne({ _id: { $gte: 0 }, seq: -n - 1 })),
        )
      ).length,
  ],
  [
    "deleteMany, a third of it",
    async (records) => (await records.deleteMany({ state: "dead" })).deletedCount,
  ],
  ["dropIndex", (records) => records.dropIndex("at_1")],
  ["drop", (records) => records.drop()],
];

async function firstOf(cursor: { next(): Promise<unknown>; close(): Promise<void> }): Promise<boolean> {
  const first = await cursor.next();
  await cursor.close();
  return first !== null;
}

async function readAll(records: Records): Promise<number> {
  let count = 0;
  for await (const _ of records.find()) count += 1;
  return count;
}

/** Measures a collection of so many documents, in a process of its own; within five minutes, whatever the machine. */
export async function measureLarge(documents: number, path: string): Promise<LargeMeasurement[]> {
  const began = performance.now();
  const server = startProcess("server", import.meta.url, [path]);
  const client = new MongoClient(await server.ask<string>("address"));
  const records = client.db("bench").collection<LargeRecord>("large");
  const results: LargeMeasurement[] = [];
  const measure = async (operation: string, run: () => Promise<unknown>): Promise<void> => {
    await server.ask("stall");
    const start = performance.now();
    const result = await run();
    const ms = performance.now() - start;
    results.push({ operation, ms, result, ...(await server.ask<Stall & { rssMb: number }>("stall")) });
  };
  let size = 0;
  await measure("insertMany, 5,000 at a time", async () => {
    for (; size < documents && performance.now() - began < INSERT_MS; size += BATCH)
      await insertBatch(records, size);
    return size;
  });
  for (const [operation, run] of OPERATIONS) {
    if (performance.now() - began > LIMIT_MS) break;
    await measure(operation, () => run(records, size));
  }
  const full = await fileMb(path);
  await measure("after it: the room is given back", async () => {
    while ((await fileMb(path)) > full / 2 && performance.now() - began < LIMIT_MS) await records.findOne({});
    return `${full} MB, then ${await fileMb(path)} MB`;
  });
  await client.close();
  await server.ask("end");
  await server.end();
  return results;
}

async function insertBatch(records: Records, from: number): Promise<void> {
  const batch = Array.from({ length: BATCH }, (_, index): LargeRecord => {
    const n = from + index;
    return {
      _id: n,
      chatKey: `chat-${n % CHATS}`,
      seq: n,
      state: STATES[n % STATES.length] ?? "",
      text: "How can I hear whether I am pregnant?",
      at: new Date(n),
    };
  });
  await records.insertMany(batch);
}

async function fileMb(path: string): Promise<number> {
  return Math.round((await stat(join(path, "data.mdb"))).size / 1e6);
}

export function largeTable(results: readonly LargeMeasurement[]): string {
  const rows = new Table({
    style: { head: [], border: [] },
    head: ["operation", "took", "longest stall", "of the processor", "RSS", "result"],
  });
  for (const { operation, ms, wallMs, cpuMs, rssMb, result } of results) {
    rows.push([
      operation,
      `${Math.round(ms)} ms`,
      `${wallMs.toFixed(1)} ms`,
      cpuMs === undefined ? "" : `${cpuMs.toFixed(1)} ms`,
      `${rssMb} MB`,
      JSON.stringify(result)?.slice(0, 30) ?? "",
    ]);
  }
  return rows.toString();
}
