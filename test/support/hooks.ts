import { closeSharedDatabase } from "./database.ts";

/** Runs after every file, so that a process which takes several leaves nothing open. */
export const mochaHooks = { afterAll: closeSharedDatabase };
