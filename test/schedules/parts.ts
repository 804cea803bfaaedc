import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** The parts of the process whose orders are explored. */
export interface Parts {
  Inbox: typeof import("../../lib/inbox/index.ts").Inbox;
  Outbox: typeof import("../../lib/telegram/index.ts").Outbox;
  TelegramError: typeof import("../../lib/telegram/index.ts").TelegramError;
  LiveReplies: typeof import("../../lib/telegram/index.ts").LiveReplies;
  SharedWork: typeof import("../../lib/answers/cache/shared-work.ts").SharedWork;
  ModelScheduler: typeof import("../../lib/answers/scheduling/model-scheduler.ts").ModelScheduler;
  ModelUsage: typeof import("../../lib/answers/scheduling/model-usage.ts").ModelUsage;
  ActiveQuestions: typeof import("../../lib/conversation/questions/active-questions.ts").ActiveQuestions;
  createErasures: typeof import("../../lib/conversation/privacy/erasures.ts").createErasures;
}

/** Loads the parts from a folder that is `lib/` or a copy of it. */
export async function loadParts(lib = "lib"): Promise<Parts> {
  const load = async (file: string): Promise<object> =>
    (await import(pathToFileURL(join(resolve(lib), file)).href)) as object;
  const files = [
    "inbox/index.ts",
    "telegram/index.ts",
    "answers/cache/shared-work.ts",
    "answers/scheduling/model-scheduler.ts",
    "answers/scheduling/model-usage.ts",
    "conversation/questions/active-questions.ts",
    "conversation/privacy/erasures.ts",
  ];
  const modules = await Promise.all(files.map(load));
  return Object.assign({}, ...modules) as Parts;
}
