export { createOutbox, type Outbox, type OutboxOptions, type OutboxStats } from "./outbox.ts";
export { type NewSend, type OutboxChange, type OutboxRecord, type OutboxStore, outboxId } from "./sends.ts";
export type { FileSource, MediaKind, OpenedFile, OutgoingFile } from "./uploads.ts";
