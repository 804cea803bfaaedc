/**
 * One send as it is stored. `_id` is `seq:step`, so repeating a reply sends nothing twice.
 *
 * This and `OutboxChange` and `OutboxStore` below are the outbox's port, and they lead: the store has its own
 * declarations of the same names, since neither folder imports the other, and its documents must satisfy these. The
 * compiler checks that in `app.ts`, where the one is handed to the other.
 */
export interface OutboxRecord {
  _id: string;
  botId: number;
  /** The update that is answered, and which of its sends this is. */
  seq: number;
  step: number;
  chatKey: string;
  chatId: number;
  /** The Bot API method and its parameters; the store drops the parameters once the send is settled. */
  method: string;
  params: Record<string, unknown>;
  /** The record whose message this one edits, if that one was sent; otherwise this is sent as a message of its own. */
  edits?: string;
  /** A glimpse of what is coming: sent only if it can go at once, and never again after an unclear outcome. */
  preview?: true;
  /** `sending`: may be on its way; `unknown`: may have arrived; `sent` and `failed` are settled. */
  state: "pending" | "sending" | "sent" | "failed" | "unknown";
  attempts: number;
  messageId?: number;
  errorCode?: string;
  createdAt: Date;
  settledAt?: Date;
}

/** One Bot API call. */
export type TelegramCall = Pick<OutboxRecord, "method" | "params">;

/** A send to be recorded. */
export type NewSend = Pick<
  OutboxRecord,
  "seq" | "step" | "chatKey" | "chatId" | "method" | "params" | "edits" | "preview"
>;

/** What may change about a record. */
export type OutboxChange = Pick<OutboxRecord, "state"> &
  Partial<Pick<OutboxRecord, "attempts" | "messageId" | "errorCode" | "settledAt">>;

/** The durable side of the outbox. Every call resolves when its effect is durable. */
export interface OutboxStore {
  /** Stores the records that are new; answers every one as it now stands, in the order given. */
  insert(records: readonly OutboxRecord[]): Promise<OutboxRecord[]>;
  update(id: string, change: OutboxChange): Promise<void>;
  /** What is not settled of a bot, by seq and step. */
  unsettled(botId: number): Promise<OutboxRecord[]>;
  find(id: string): Promise<OutboxRecord | null>;
}

/** The key of a send. */
export function outboxId({ seq, step }: Pick<OutboxRecord, "seq" | "step">): string {
  return `${seq}:${step}`;
}

export function isSettled({ state }: Pick<OutboxRecord, "state">): boolean {
  return state === "sent" || state === "failed";
}
