import { AppError } from "../../core/index.ts";

/** What Telegram adds to some refusals. */
export interface ErrorParameters {
  /** Seconds to wait before the next call. */
  retry_after?: number;
  migrate_to_chat_id?: number;
}

/** A refusal of the Bot API: its HTTP status and description go to the bot as they are. */
export class BotApiError extends AppError {
  override readonly name = "BotApiError";
  readonly status: number;
  readonly parameters: ErrorParameters | undefined;

  constructor(status: number, description: string, parameters?: ErrorParameters) {
    super(description, { code: `TELEGRAM_${status}`, retryable: status === 429 || status >= 500 });
    this.status = status;
    this.parameters = parameters;
  }
}

/** A 400, worded as Telegram words it: `Bad Request: …`. */
export function badRequest(reason: string): BotApiError {
  return new BotApiError(400, `Bad Request: ${reason}`);
}

/** A 429 that names the seconds to wait. */
export function tooManyRequests(retryAfter: number): BotApiError {
  return new BotApiError(429, `Too Many Requests: retry after ${retryAfter}`, { retry_after: retryAfter });
}
