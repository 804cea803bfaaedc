export { createInbox, type Inbox, type InboxStats } from "./inbox.ts";
export type { CurrentUpdate, InboxOptions, InboxTurn, InboxUpdate, JoinedUpdate } from "./ports.ts";
