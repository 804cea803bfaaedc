import { setTimeout as delay } from "node:timers/promises";
import { Queue } from "bullmq";
import { DATABASE, type Instances } from "./instances.ts";

/** How a chat that a killed or frozen instance worked on came to another one. */
export interface Takeover {
  waitedMs: number;
  /** How many instances lost its wake-up meanwhile: more than one when the next one died before it claimed the chat. */
  losses: number;
}

/** Longer is told as it is. */
const PATIENCE_MS = 60_000;

interface WaitingChat {
  chatKey: string;
  /** How often its wake-up had lost its instance before, and by now. */
  before: number;
  now: number;
}

/** Waits until each chat that an instance was working on is claimed by another one, or needs none any more. */
export async function watchTakeovers({ client, redis }: Instances, instance: string): Promise<Takeover[]> {
  const db = client.db(DATABASE);
  const killedAt = performance.now();
  const updates = db.collection<{ chatKey: string }>("updates");
  const homes = db.collection<{ _id: string; owner: string }>("chat_homes");
  const owned = async (): Promise<Set<string>> =>
    new Set((await homes.find({ owner: instance }).toArray()).map(({ _id }) => _id));
  const begun = async (): Promise<Set<string>> =>
    new Set((await updates.find({ state: "processing" }).toArray()).map(({ chatKey }) => chatKey));
  const open = await begun();
  const chats = [...(await owned())].filter((chatKey) => open.has(chatKey));
  if (chats.length === 0) return [];

  const lease = await db.collection<{ _id: string }>("leases").findOne({ _id: /:poller$/ });
  const prefix = `helpline:${DATABASE}:${lease?._id.split(":")[0]}`;
  const queue = new Queue("chats", { connection: { url: redis.url }, prefix });
  queue.on("error", () => {}); // Redis is ended with the bot
  const lossesOf = async (chatKey: string): Promise<number> => {
    const id = await queue.getDeduplicationJobId(chatKey);
    const job = id === null ? undefined : await queue.getJob(id);
    return job?.stalledCounter ?? 0;
  };

  try {
    const done: Takeover[] = [];
    let waiting: WaitingChat[] = await Promise.all(
      chats.map(async (chatKey) => {
        const before = await lossesOf(chatKey);
        return { chatKey, before, now: before };
      }),
    );
    const note = ({ before, now }: WaitingChat): void => {
      done.push({ waitedMs: performance.now() - killedAt, losses: now - before });
    };
    while (waiting.length > 0 && performance.now() - killedAt < PATIENCE_MS) {
      await delay(100);
      for (const chat of waiting) chat.now = Math.max(chat.now, await lossesOf(chat.chatKey));
      const stillOwned = await owned();
      for (const chat of waiting) if (!stillOwned.has(chat.chatKey)) note(chat);
      const left = await begun(); // the kill may have come after its last write
      waiting = waiting.filter(({ chatKey }) => stillOwned.has(chatKey) && left.has(chatKey));
    }
    for (const chat of waiting) note(chat);
    return done;
  } finally {
    await queue.close();
  }
}
