export { Inbox, type InboxStats } from "./inbox.ts";
export type { InboxOptions, InboxTurn, InboxUpdate, JoinedUpdate } from "./ports.ts";
