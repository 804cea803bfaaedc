import { answerMessages } from "../child.ts";
import { startDatabase } from "./helpline.ts";

/** Runs the embedded database in a process of its own, in place of a MongoDB. */
answerMessages({
  start: async () => (await startDatabase()).uri,
  usage: () => process.cpuUsage(),
});
