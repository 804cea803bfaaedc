import { MongoClient } from "mongodb";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { startEmbeddedMongo } from "../../lib/embedded-mongo/index.ts";

/**
 * A process to kill: serves the given folder, writes to it over several connections for ever, and prints the number of
 * each write once it is acknowledged. With the argument `rewriting` the data file is rewritten all the time.
 */
const path = process.argv[2];
if (path === undefined) throw new Error("no folder");
const server = await startEmbeddedMongo({ path, clock: systemClock, logger: silentLogger });
const client = new MongoClient(server.uri);
const things = client.db("crash").collection<{ _id: number; n: number; tag?: string }>("things");
await things.createIndex({ n: 1 }, { unique: true });
await things.createIndex({ tag: 1, n: -1 });
let next = (await things.countDocuments()) + 1_000_000 * (1 + (await things.countDocuments()));

async function write(): Promise<never> {
  for (;;) {
    next += 1;
    const id = next;
    await things.insertOne({ _id: id, n: id });
    process.stdout.write(`inserted ${id}\n`);
    await things.updateOne({ _id: id }, { $set: { tag: `t${id % 3}` } });
    process.stdout.write(`updated ${id}\n`);
  }
}

async function rewrite(): Promise<never> {
  for (;;) await server.rewrite();
}

const work = Array.from({ length: 20 }, write);
if (process.argv[3] === "rewriting") work.push(rewrite());
await Promise.all(work);
