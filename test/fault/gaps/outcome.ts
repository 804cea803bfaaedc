import type { Db, Document } from "mongodb";
import { SEQ, type World } from "./world.ts";

/** What a run came to: what people see, and what is stored, without what differs from run to run. */
export interface Outcome {
  chats: Record<string, string[]>;
  /** Every text a chat has shown, also before an edit. */
  shown: Record<string, string[]>;
  stored: Record<string, string[]>;
}

const COLLECTIONS = [
  "answer_cache",
  "broadcasts",
  "chat_moves",
  "erasures",
  "feedback",
  "handovers",
  "messages",
  "people",
  "sessions",
  "updates",
];

/** Fields that say when, how often or under which number of Telegram's. */
const PASSING = new Set([
  "attempts",
  "evidence",
  "notBefore",
  "messages",
  "progressMessageId",
  "seqFloor",
  "lastAt",
  "latencyMs",
  "tokens",
  "spent",
  "joined",
  "payload",
  "erasures",
  "cursor",
  "fence",
  "claim",
]);

/** Lists whose order says only what came first. */
const SETS = new Set(["seqs", "sessions"]);

export async function outcomeOf({ db, telegram }: World): Promise<Outcome> {
  const seqs = await namesOfSeqs(db);
  const stored: Record<string, string[]> = {};
  for (const name of COLLECTIONS) {
    const documents = await db.collection(name).find().toArray();
    stored[name] = documents.map((document) => described(document, seqs)).toSorted();
  }
  const sends = await db
    .collection("outbox")
    .find({ preview: { $exists: false } })
    .toArray();
  stored.outbox = sends.map(({ _id, state, chatId }) => described({ _id, state, chatId }, seqs)).toSorted();
  const chatIds = [...telegram.chats.keys()];
  return {
    chats: Object.fromEntries(chatIds.map((chatId) => [chatId, telegram.texts(chatId)])),
    shown: Object.fromEntries(chatIds.map((chatId) => [chatId, [...(telegram.shown.get(chatId) ?? [])]])),
    stored,
  };
}

/** Seqs are skipped at each start: they are named by their update. */
async function namesOfSeqs(db: Db): Promise<(seq: string) => string> {
  const updates = await db.collection("updates").find().toArray();
  const names = new Map(updates.map(({ _id, seq }) => [String(seq), `u${String(_id).split(":")[1]}`]));
  return (seq) => names.get(seq) ?? "another seq";
}

function described(document: Document, nameOf: (seq: string) => string): string {
  const named = (value: unknown): string => String(value).replaceAll(SEQ, nameOf);
  const text = JSON.stringify(document, (key, value: unknown) => {
    if (PASSING.has(key)) return undefined;
    return SETS.has(key) ? (value as unknown[]).map(named).toSorted() : value;
  });
  return text.replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"a time"').replaceAll(SEQ, nameOf);
}

/**
 * How the outcome of a disturbed run differs from that of an undisturbed one. In each chat a message may be
 * there once more for each death, as it was then: the one in flight.
 */
export function differences(found: Outcome, wanted: Outcome, deaths: number): string[] {
  const wrong: string[] = [];
  for (const chatId of new Set([...Object.keys(found.chats), ...Object.keys(wanted.chats)])) {
    const left = [...(wanted.chats[chatId] ?? [])];
    const shown = found.chats[chatId] ?? [];
    const surplus = shown.filter((text) => {
      const isNext = text === left[0];
      if (isNext) left.shift();
      return !isNext;
    });
    const isCopy = (text: string): boolean => wanted.shown[chatId]?.includes(text) ?? false;
    if (left.length > 0 || surplus.length > deaths || !surplus.every(isCopy)) {
      wrong.push(
        `chat ${chatId} shows ${JSON.stringify(shown)} instead of ${JSON.stringify(wanted.chats[chatId])}`,
      );
    }
  }
  for (const [name, documents] of Object.entries(wanted.stored)) {
    const others = found.stored[name] ?? [];
    const missing = documents.filter((document) => !others.includes(document));
    const surplus = others.filter((document) => !documents.includes(document));
    if (missing.length + surplus.length + Math.abs(documents.length - others.length) > 0) {
      wrong.push(`${name}: misses ${missing.join(", ")}; has instead ${surplus.join(", ")}`);
    }
  }
  return wrong;
}
