export { Inbox, MAX_WAITING } from "./inbox.ts";
export type { InboxOptions, InboxStats, InboxTurn, InboxUpdate, JoinedUpdate } from "./ports.ts";
export { SharedInbox, type SharedInboxOptions } from "./shared-inbox.ts";
