export { type App, type AppDeps, createApp } from "./app.ts";
export { banner } from "./banner.ts";
export { openDatabase, runningDatabaseUri } from "./database.ts";
export { observeDriver, startMeasuring } from "./metrics.ts";
export { runSetup, type SetupDeps, type Terminal } from "./setup/index.ts";
