import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "@grammyjs/runner";
import { type ISession, MongoDBAdapter } from "@grammyjs/storage-mongodb";
import { Queue, Worker } from "bullmq";
import { Bot, type Context, type SessionFlavor, session } from "grammy";
import { Redis } from "ioredis";
import { MongoClient } from "mongodb";
import { startDatabaseProcess } from "./helpline.ts";
import { type Contender, handlerMsOf, TOKEN } from "./load.ts";

type Conversation = Context & SessionFlavor<{ messages: number }>;

const QUEUE = "updates";

/** Whether this machine can run the durable peer. */
export function isRedisInstalled(): boolean {
  return spawnSync("redis-server", ["--version"]).status === 0;
}

/**
 * What people build when a crash must not lose an update: grammY puts each update into a BullMQ queue, and a worker
 * handles it with a session in MongoDB. Both databases run in processes of their own, whose CPU is not counted. Unlike
 * Helpline it does not keep the order of a chat: that needs a paid version of BullMQ.
 */
export function createDurable(): Contender {
  let receiver: Bot;
  let concurrency: number;
  return {
    async prepare(settings) {
      concurrency = settings.chats;
      const connection = await startRedis();
      const sessions = new MongoClient(await startDatabaseProcess())
        .db("bench")
        .collection<ISession>("sessions");
      // `as never` below: the adapter ships a copy of the driver's types, which is not compatible with the driver's.
      const handler = new Bot<Conversation>(TOKEN, { client: { apiRoot: settings.apiRoot } });
      handler.use(
        session({
          initial: () => ({ messages: 0 }),
          storage: new MongoDBAdapter({ collection: sessions as never }),
        }),
      );
      handler.on("message:text", async (context) => {
        const { chat, text } = context.message;
        context.session.messages += 1;
        if (settings.handlerMs > 0) await sleep(handlerMsOf(settings, chat.id, text));
        await context.reply(text);
      });
      await handler.init();
      const queue = new Queue(QUEUE, { connection });
      const worker = new Worker(QUEUE, ({ data }) => handler.handleUpdate(data), {
        connection: connection.duplicate({ maxRetriesPerRequest: null }),
        concurrency,
        removeOnComplete: { count: 0 },
      });
      await worker.waitUntilReady();
      receiver = new Bot(TOKEN, { client: { apiRoot: settings.apiRoot } });
      receiver.use(async ({ update }) => {
        await queue.add("update", update, { jobId: `update-${update.update_id}` });
      });
      await receiver.init();
    },
    begin: () => void run(receiver, { sink: { concurrency } }),
  };
}

/** Starts a Redis that writes to the disk once a second, as BullMQ's documentation advises. */
async function startRedis(): Promise<Redis> {
  const folder = mkdtempSync(join(tmpdir(), "helpline-redis-"));
  const socket = join(folder, "redis.sock");
  const options = [
    "--port",
    "0",
    "--unixsocket",
    socket,
    "--dir",
    folder,
    "--appendonly",
    "yes",
    "--save",
    "",
  ];
  const server = spawn("redis-server", options, { stdio: "ignore" });
  process.once("exit", () => {
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  const redis = new Redis({ path: socket });
  redis.on("error", () => {}); // until it is up
  await redis.ping();
  return redis;
}
