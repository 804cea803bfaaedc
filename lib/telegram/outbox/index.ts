export type { FileSource, MediaKind, OpenedFile, OutgoingFile } from "./delivery/uploads.ts";
export { movedChatKey } from "./moved-chat.ts";
export { Outbox, type OutboxOptions, type OutboxStats } from "./outbox.ts";
export {
  type FailedSend,
  type NewSend,
  type OutboxHomes,
  outboxId,
  type SendStore,
  type SentSend,
} from "./sends.ts";
