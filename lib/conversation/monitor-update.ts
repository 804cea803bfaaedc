import { randomUUID } from "node:crypto";
import type { Pseudonym } from "../core/index.ts";
import type { InboxTurn } from "../inbox/index.ts";
import { type MeasureOptions, performanceMonitor } from "../performance/index.ts";
import type { ParsedUpdate } from "./incoming/parsed-update.ts";

/** The turn of an update, with its place among the turns of all chats. */
export interface UpdateTurn extends InboxTurn {
  order: number;
}

export type UpdateHandler = (update: ParsedUpdate, turn: UpdateTurn) => Promise<void>;

/**
 * Wraps a handler of updates like `monitorPerformance(name, options)`, and makes each call the root of a trace that
 * says which update it belongs to.
 */
export function monitorUpdate(
  name: string,
  pseudonym: Pseudonym,
  options: MeasureOptions = {},
): (handle: UpdateHandler) => UpdateHandler {
  return (handle) => (update, turn) => {
    const trace = randomUUID().replaceAll("-", "");
    const fields = { trace, update: update.update.update_id, chat: pseudonym(update.chatKey) };
    return performanceMonitor.trace(name, fields, () => handle(update, turn), options);
  };
}
