import type { Clock } from "../../core/index.ts";
import { badRequest } from "../bot-api/api-error.ts";

/** A button press that waits for the bot's answer. */
export interface CallbackQuery {
  id: string;
  userId: number;
  chatId: number;
  messageId: number;
  pressedAt: number;
}

/** How long a press can be answered. Telegram publishes no number. */
export const CALLBACK_QUERY_MS = 60_000;

/** The button presses the bot has not answered, oldest first. */
export class CallbackQueries {
  private readonly waiting = new Map<string, CallbackQuery>();
  private readonly clock: Clock;
  private added = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Adds a press. @returns its id, unique also across restarts. */
  add(press: Pick<CallbackQuery, "userId" | "chatId" | "messageId">): string {
    this.dropExpired();
    const pressedAt = this.clock.now();
    this.added += 1;
    const id = `${pressedAt}${String(this.added).padStart(5, "0")}`;
    this.waiting.set(id, { ...press, id, pressedAt });
    return id;
  }

  /** Removes a press that is answered. @throws BotApiError when it is too old, answered or unknown. */
  take(id: string): CallbackQuery {
    this.dropExpired();
    const query = this.waiting.get(id);
    if (!query) {
      throw badRequest("query is too old and response timeout expired or query ID is invalid");
    }
    this.waiting.delete(id);
    return query;
  }

  private dropExpired(): void {
    const oldest = this.clock.now() - CALLBACK_QUERY_MS;
    for (const [id, query] of this.waiting) {
      if (query.pressedAt > oldest) break;
      this.waiting.delete(id);
    }
  }
}
