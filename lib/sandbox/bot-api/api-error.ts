import { AppError } from "../../core/index.ts";

/** `ResponseParameters` of the Bot API. */
export interface ErrorParameters {
  /** Seconds to wait before the next call. */
  retry_after?: number;
  migrate_to_chat_id?: number;
}

/** An error answer of the Bot API; the bot receives its HTTP status and description as they are. */
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

/** A 400 with Telegram's prefix, `Bad Request: …`. */
export function badRequest(reason: string): BotApiError {
  return new BotApiError(400, `Bad Request: ${reason}`);
}

/** A 429. @param retryAfter seconds to wait. */
export function tooManyRequests(retryAfter: number): BotApiError {
  return new BotApiError(429, `Too Many Requests: retry after ${retryAfter}`, { retry_after: retryAfter });
}
