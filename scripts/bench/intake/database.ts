import { answerMessages } from "../child.ts";
import { startDatabase } from "./helpline.ts";

/** The embedded database as a process of its own, in the place of a MongoDB. */
answerMessages({
  start: async () => (await startDatabase()).uri,
});
