import { AppError } from "./errors.ts";

/** The code of the error of work on a chat that another instance has taken over: the work must be dropped. */
export const HOME_LOST = "HOME_LOST";

export function homeLost(cause?: unknown): AppError {
  return new AppError("Another instance has taken over the chat", { code: HOME_LOST, cause });
}
