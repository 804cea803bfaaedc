export { type BackedUp, backUp, checkBackup } from "./backup.ts";
export { isEncrypted } from "./backup-file.ts";
export { type MoveRequest, moveData } from "./move-data.ts";
export { type RestoreRequest, restore } from "./restore.ts";
