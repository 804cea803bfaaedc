import { join } from "node:path";

/** The running bot, as described to the operator. */
export interface Running {
  bot: { username: string };
  /** Whether Telegram is simulated. */
  isSandbox: boolean;
  /** The path of the page of the simulated operators; undefined where there are none. */
  operatorsPage: string | undefined;
  /** The models' names in the order in which they are asked; none: the library alone answers. */
  models: readonly string[];
  /** What the operator must mend before the other models that are set up can be used. */
  modelProblems: readonly string[];
  /** The folder of an embedded database; null when there is a MongoDB. */
  dataFolder: string | null;
  contentFolder: string;
  pages: { languages: readonly string[]; passages: number };
  url: string;
}

/** The lines printed after the start. */
export function banner(running: Running): string {
  const { bot, isSandbox, operatorsPage, models, modelProblems, dataFolder, contentFolder, pages, url } =
    running;
  const lines = [
    ["Telegram", isSandbox ? "simulated on this machine" : `@${bot.username}`],
    [
      "Answers",
      models.length > 0
        ? models.join(", else ")
        : `the library in ${join(contentFolder, "/")} (${pages.passages} passages; ${pages.languages.join(", ")})`,
    ],
    [
      "Database",
      dataFolder === null
        ? "MongoDB"
        : `embedded, in ${join(dataFolder, "/")} (for trying out and small bots)`,
    ],
    ["Dashboard", url],
    ...(isSandbox ? [["Chat", `${url}/chat  ← talk to the bot here`]] : []),
    ...(operatorsPage === undefined
      ? []
      : [["Operators", `${url}${operatorsPage}  ← and answer people here`]]),
  ];
  const missing = [
    ...(isSandbox ? ["TELEGRAM_BOT_TOKEN, from @BotFather"] : []),
    ...modelProblems,
    ...(models.length === 0 && modelProblems.length === 0
      ? ["a model, if you like: GEMINI_API_KEY from Google, or OPENAI_BASE_URL and OPENAI_MODEL of your own"]
      : []),
    ...(dataFolder === null ? [] : ["MONGODB_URI, for a busy bot"]),
  ];
  return [
    "",
    "  Helpline is running. Ctrl-C stops it.",
    "",
    ...lines.map(([name = "", value = ""]) => `  ${name.padEnd(10)} ${value}`),
    ...(missing.length > 0
      ? ["", "  For the real thing, set in .env:", ...missing.map((line) => `    ${line}`)]
      : []),
    "",
  ].join("\n");
}
