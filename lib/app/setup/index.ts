export { runSetup, type SetupDeps } from "./setup.ts";
export type { Terminal } from "./terminal.ts";
