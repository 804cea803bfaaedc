export { createInbox, type Inbox, type InboxStats } from "./inbox.ts";
export type { CurrentUpdate, InboxOptions, JoinedUpdate, Turn } from "./ports.ts";
