export { type App, type AppDeps, createApp } from "./app.ts";
export { banner } from "./banner.ts";
export {
  type BackedUp,
  backUp,
  checkBackup,
  isEncrypted,
  type MoveRequest,
  moveData,
  type RestoreRequest,
  restore,
} from "./data/index.ts";
export { openDatabase, runningDatabaseUri } from "./database.ts";
export { observeDriver, startMeasuring } from "./metrics.ts";
export { runSetup, type SetupDeps, type Terminal } from "./setup/index.ts";
