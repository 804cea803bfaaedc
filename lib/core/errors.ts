/** Details of an `AppError`. */
export interface AppErrorDetails {
  /** A stable, searchable name, such as `TELEGRAM_UNREACHABLE`. A metric label, so it never contains user text. */
  code: string;
  /** Whether the same call may succeed later. */
  retryable?: boolean;
  cause?: unknown;
}

/** An error with a stable code, a cause, and whether a retry can help. */
export class AppError extends Error {
  override readonly name: string = "AppError";
  readonly code: string;
  readonly retryable: boolean;

  constructor(message: string, details: AppErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.retryable = details.retryable ?? false;
  }
}

/** A mistake that only the operator can fix (a setting, a token, content): shown as one line, without a stack. */
export class OperatorError extends AppError {
  override readonly name = "OperatorError";
}

/** Why work that nobody wants any more was ended: a person cancelled, or the program stops. No failure. */
export class CancelledError extends AppError {
  override readonly name = "CancelledError";
}

/** Whether a call ended because nobody wants its result any more. */
export function isCancellation(error: unknown): boolean {
  return error instanceof CancelledError || (error instanceof DOMException && error.name === "AbortError");
}

/** The code to count an error under: its `code`, or else its class name. */
export function errorCode(error: unknown): string {
  if (error instanceof DOMException) return error.name; // its `code` is an obsolete number
  if (error instanceof Error) {
    const { code } = error as { code?: unknown };
    return typeof code === "string" || typeof code === "number" ? String(code) : error.name;
  }
  return "UNKNOWN";
}

/** The message of any thrown value. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
