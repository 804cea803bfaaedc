import type { InboxUpdate } from "../../inbox/index.ts";
import type { RateDecision } from "../admission/limits.ts";
import { type Address, addressOf } from "../exchange.ts";
import { type Bot, type Incoming, readUpdate } from "./incoming.ts";

/** An update as the conversation understands it: parsed once, when it arrives, and carried to its end. */
export interface ParsedUpdate extends InboxUpdate {
  incoming: Incoming;
  /** Null for an update the bot cannot reply to. */
  address: Address | null;
  /** Set when its turn comes, so that no update is counted twice. */
  rate?: RateDecision;
  /** A second tap on a suggestion, to be acknowledged and nothing more. */
  isDoubleTap?: boolean;
}

/** Never throws: an update of an unexpected shape becomes `unreadable`, and fails when it is handled. */
export function parseUpdate(update: InboxUpdate, bot: Bot): ParsedUpdate {
  try {
    return { ...update, incoming: readUpdate(update.update, bot), address: addressOf(update.update, update) };
  } catch (error) {
    return { ...update, incoming: { kind: "unreadable", error }, address: null };
  }
}
