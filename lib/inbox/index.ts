export {
  type CurrentUpdate,
  createInbox,
  type Inbox,
  type InboxOptions,
  type InboxStats,
  MAX_ATTEMPTS,
  type Turn,
} from "./inbox.ts";
