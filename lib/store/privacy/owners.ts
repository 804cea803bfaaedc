import type { Db, Document, Filter } from "mongodb";
import { banId } from "../collections/people/bans.ts";

/** Whose a document of a collection is, and which of its fields are about somebody else. */
interface Owner {
  /** The field that names its owner … */
  field: string;
  /** … and what it names them by. */
  by: "user-id" | "ban-id" | "private-chat";
  /** Values of `state`, in collections where one index begins with it. */
  states?: readonly string[];
  /** Documents that are about somebody else, although they name the person. */
  except?: Filter<Document>;
  /** Fields that hold something of others or of the operators. */
  without?: readonly string[];
  /** The same in documents that are not of the person's private chat: a group's others wrote them, too. */
  withoutInGroups?: readonly string[];
}

/**
 * The owner of the documents of every collection with personal data. `/mydata` shows by this list and nothing else: a
 * document that merely mentions a person, such as a broadcast that reached them, is somebody else's.
 */
export const OWNERS: Readonly<Record<string, Owner>> = {
  people: { field: "_id", by: "user-id" },
  sessions: { field: "telegramUserId", by: "user-id", withoutInGroups: ["summary"] },
  messages: { field: "telegramUserId", by: "user-id" },
  feedback: { field: "telegramUserId", by: "user-id" },
  answer_cache: { field: "askedBy", by: "user-id" },
  // Its messages are in the operators' chat.
  handovers: { field: "telegramUserId", by: "user-id", without: ["messages"] },
  danger_reports: { field: "telegramUserId", by: "user-id" },
  // Its cursor is the id of the person it reached last.
  broadcasts: { field: "operatorId", by: "user-id", without: ["cursor"] },
  barrings: { field: "_id", by: "ban-id" },
  updates: { field: "chatKey", by: "private-chat", states: ["received", "processing", "done", "dead"] },
  outbox: {
    field: "chatKey",
    by: "private-chat",
    states: ["pending", "sending", "unknown", "sent", "failed"],
    // An operator gets alerts about others, and a relayed message is a copy from another chat.
    except: { $or: [{ alert: { $exists: true } }, { relayedMessageId: { $exists: true } }] },
  },
  chat_homes: { field: "_id", by: "private-chat" },
};

/** The documents of a collection that belong to a person, without what is about others. */
export async function documentsOf(db: Db, collection: string, telegramUserId: number): Promise<Document[]> {
  const owner = OWNERS[collection];
  if (!owner) return [];
  const { without = [], withoutInGroups = [] } = owner;
  const found = await db.collection(collection).find(ownedBy(owner, telegramUserId)).toArray();
  const isPrivate = ({ chatKey }: Document): boolean => chatKey === `chat:${telegramUserId}`;
  return found.map((document) =>
    withoutFields(document, isPrivate(document) ? without : [...without, ...withoutInGroups]),
  );
}

function ownedBy({ field, by, states, except }: Owner, telegramUserId: number): Filter<Document> {
  return {
    ...(states ? { state: { $in: states } } : {}),
    ...(by === "private-chat"
      ? { $or: privateChat(telegramUserId, field) }
      : { [field]: by === "ban-id" ? banId(telegramUserId) : telegramUserId }),
    ...(except ? { $nor: [except] } : {}),
  };
}

function withoutFields(document: Document, names: readonly string[]): Document {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !names.includes(name)));
}

/** Filters for the mailboxes of a private chat, whose id is the user's: the chat, its threads, the user. */
export function privateChat(telegramUserId: number, key = "chatKey"): Filter<Document>[] {
  const chat = `chat:${telegramUserId}`;
  return [
    { [key]: { $in: [chat, `user:${telegramUserId}`] } },
    { [key]: { $gte: `${chat}:`, $lt: `${chat};` } }, // ";" comes right after ":"
  ];
}
