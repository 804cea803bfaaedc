import { Semaphore } from "async-mutex";
import { type Clock, errorMessage } from "../../core/index.ts";
import type { WireUpdate } from "../chats/wire.ts";
import type { Saver, StoredEntry } from "../storage.ts";
import { isObject } from "./params.ts";
import type { UpdateQueue } from "./updates.ts";

/** Where Telegram calls the bot. */
export interface WebhookAddress {
  url: string;
  secret: string;
  maxConnections: number;
}

/** One webhook, from the call that set it to the next that changes it. */
interface ActiveWebhook extends WebhookAddress {
  connections: Semaphore;
  removed: AbortController;
  /** Updates by the line they wait in, oldest first; the first one is being delivered. */
  lines: Map<string, WireUpdate[]>;
}

interface LastError {
  last_error_date: number;
  last_error_message: string;
}

/** Without `Retry-After`, Telegram pauses longer and longer after a failure, in milliseconds. */
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;
const CALL_TIMEOUT_MS = 60_000;

/**
 * Delivers updates to the bot's webhook as Telegram does: those of a chat one after another, presses in a line of their
 * own, which may overtake messages; each again and again until it is answered with 2xx.
 */
export class WebhookDelivery {
  private active: ActiveWebhook | null = null;
  private lastError: LastError | null = null;
  private readonly clock: Clock;
  private readonly updates: UpdateQueue;
  private readonly saver: Saver;

  constructor({ clock, updates, saver }: { clock: Clock; updates: UpdateQueue; saver: Saver }) {
    this.clock = clock;
    this.updates = updates;
    this.saver = saver;
  }

  /** Delivers to the address from now on, beginning with what waits; null: to nowhere. */
  set(address: WebhookAddress | null): void {
    this.saver.saveLater([{ kind: "webhook", id: "bot", value: address }]);
    this.deliverTo(address);
  }

  /** What the bot is told about its webhook. */
  info(): Record<string, unknown> {
    return {
      url: this.active?.url ?? "",
      has_custom_certificate: false,
      pending_update_count: this.updates.size,
      ...(this.active ? { max_connections: this.active.maxConnections } : {}),
      ...(this.active && this.lastError ? this.lastError : {}),
    };
  }

  /** Goes on with a webhook of an earlier run. */
  restore(entries: readonly StoredEntry[]): void {
    const entry = entries.find(({ kind }) => kind === "webhook");
    if (isObject(entry?.value)) this.deliverTo(entry.value as unknown as WebhookAddress);
  }

  /** Ends the calls under way; a later `restore` repeats them. */
  stop(): void {
    this.active?.removed.abort();
    this.updates.handTo(null);
  }

  private deliverTo(address: WebhookAddress | null): void {
    this.active?.removed.abort();
    this.lastError = null;
    if (!address) {
      this.active = null;
      this.updates.handTo(null);
      return;
    }
    const webhook: ActiveWebhook = {
      ...address,
      connections: new Semaphore(address.maxConnections),
      removed: new AbortController(),
      lines: new Map(),
    };
    this.active = webhook;
    this.updates.handTo((update) => this.enqueue(webhook, update));
    for (const update of this.updates.list()) this.enqueue(webhook, update);
  }

  private enqueue(webhook: ActiveWebhook, update: WireUpdate): void {
    const key = lineOf(update);
    const line = webhook.lines.get(key);
    if (line) line.push(update);
    else {
      const first = [update];
      webhook.lines.set(key, first);
      void this.deliverLine(webhook, key, first);
    }
  }

  private async deliverLine(webhook: ActiveWebhook, key: string, line: WireUpdate[]): Promise<void> {
    const { signal } = webhook.removed;
    for (let update = line[0], failures = 0; update && !signal.aborted; update = line[0]) {
      const pauseMs = await this.deliver(webhook, update, failures);
      if (pauseMs === null) {
        line.shift();
        failures = 0;
      } else {
        failures += 1;
        await this.clock.sleep(pauseMs, signal).catch(() => undefined);
      }
    }
    webhook.lines.delete(key);
  }

  /** One call. @returns null once the bot took the update; else the pause before the next try, in milliseconds */
  private async deliver(
    webhook: ActiveWebhook,
    update: WireUpdate,
    failures: number,
  ): Promise<number | null> {
    const { signal } = webhook.removed;
    const backoffMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
    try {
      const response = await webhook.connections.runExclusive(() => post(webhook, update, signal));
      await response.body?.cancel();
      if (response.ok) {
        this.updates.confirmOne(update.update_id);
        return null;
      }
      this.note(`Wrong response from the webhook: ${response.status} ${response.statusText}`);
      const retryAfterS = Number(response.headers.get("retry-after") ?? Number.NaN);
      return response.status === 503 && retryAfterS >= 0 ? retryAfterS * 1000 : backoffMs;
    } catch (error) {
      if (!signal.aborted) this.note(`Connection failed: ${errorMessage(error)}`);
      return backoffMs;
    }
  }

  private note(message: string): void {
    this.lastError = { last_error_date: Math.floor(this.clock.now() / 1000), last_error_message: message };
  }
}

function post({ url, secret }: WebhookAddress, update: WireUpdate, removed: AbortSignal): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(secret === "" ? {} : { "x-telegram-bot-api-secret-token": secret }),
    },
    body: JSON.stringify(update),
    redirect: "manual",
    signal: AbortSignal.any([removed, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
  });
}

/** Presses wait apart from messages, in a line for each person; other updates in one for each chat. */
function lineOf(update: WireUpdate): string {
  if (isObject(update.callback_query) && isObject(update.callback_query.from)) {
    return `presses:${Number(update.callback_query.from.id)}`;
  }
  const content = Object.values(update).find(isObject);
  const chat = content && isObject(content.chat) ? content.chat.id : undefined;
  return `chat:${typeof chat === "number" ? chat : "none"}`;
}
