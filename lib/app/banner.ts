/** The running bot, as described to the operator. */
export interface Running {
  bot: { username: string };
  /** Whether Telegram is simulated. */
  isSandbox: boolean;
  /** The model's name; null when the library alone answers, with the reason if a key was given. */
  model: string | null;
  modelProblem?: string;
  /** The folder of an embedded database; null when there is a MongoDB. */
  dataFolder: string | null;
  pages: { languages: readonly string[]; passages: number };
  url: string;
}

/** The lines printed after the start. */
export function banner(running: Running): string {
  const { bot, isSandbox, model, modelProblem, dataFolder, pages, url } = running;
  const lines = [
    ["Telegram", isSandbox ? "simulated on this machine" : `@${bot.username}`],
    [
      "Answers",
      model ?? `the library in content/ (${pages.passages} passages; ${pages.languages.join(", ")})`,
    ],
    [
      "Database",
      dataFolder === null ? "MongoDB" : `embedded, in ${dataFolder}/ (for trying out and small bots)`,
    ],
    ["Dashboard", url],
    ...(isSandbox ? [["Chat", `${url}/chat  ← talk to the bot here`]] : []),
  ];
  const missing = [
    ...(isSandbox ? ["TELEGRAM_BOT_TOKEN, from @BotFather"] : []),
    ...(modelProblem === undefined ? [] : [modelProblem]),
    ...(model === null && modelProblem === undefined ? ["GEMINI_API_KEY, from Google AI Studio"] : []),
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
