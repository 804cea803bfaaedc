export { acknowledgePress } from "./acknowledge.ts";
export {
  checkToken,
  TelegramApi,
  type TelegramApiOptions,
  type TokenCheck,
} from "./api.ts";
export {
  classifyFailure,
  type Failure,
  FILE_UNREADABLE,
  isTelegramOutage,
  TelegramError,
} from "./failures.ts";
export { type Download, downloadFile, MAX_DOWNLOAD_BYTES } from "./files.ts";
export {
  type FormattedText,
  formatMarkdown,
  formatUnfinishedMarkdown,
  readLink,
  splitFormatted,
} from "./formatting/index.ts";
export {
  draftIdOf,
  LiveReplies,
  type LiveRepliesOptions,
  type LiveReply,
  type LiveReplyTarget,
} from "./live-reply/index.ts";
export { Upload } from "./multipart.ts";
export {
  type FailedSend,
  type FileSource,
  type MediaKind,
  movedChatKey,
  type NewSend,
  type OpenedFile,
  Outbox,
  type OutboxHomes,
  type OutboxOptions,
  type OutboxStats,
  type OutgoingFile,
  outboxId,
  type SendStore,
  type SentSend,
} from "./outbox/index.ts";
export { Poller, type PollerOptions } from "./poller.ts";
export { type Probe, probeChat } from "./probe-chat.ts";
export type * from "./types.ts";
export { Webhook, type WebhookOptions } from "./webhook.ts";
