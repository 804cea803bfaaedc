export type { SetupDeps } from "./ask-for-setting.ts";
export { runSetup } from "./setup.ts";
export type { Terminal } from "./terminal.ts";
