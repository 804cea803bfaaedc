export { createInbox, type Inbox, type InboxStats } from "./inbox.ts";
export type { CurrentUpdate, InboxOptions, Turn } from "./ports.ts";
