import type { BotCommand } from "../telegram/index.ts";

const NAMES = ["start", "new", "help"] as const;

export interface CommandMenu {
  commands: BotCommand[];
  /** For people whose Telegram is in this language; without it, for everyone else. */
  language_code?: string;
}

/** The command menus Telegram shows, one for each language and one for all others. */
export function commandMenus(content: {
  bot: { languages: readonly string[]; defaultLanguage: string };
  translate(language: string, key: `commands.${(typeof NAMES)[number]}`): string;
}): CommandMenu[] {
  const commandsIn = (language: string): BotCommand[] =>
    NAMES.map((command) => ({ command, description: content.translate(language, `commands.${command}`) }));
  const twoLetters = content.bot.languages.filter((language) => /^[a-z]{2}$/.test(language)); // all Telegram takes
  return [
    { commands: commandsIn(content.bot.defaultLanguage) },
    ...twoLetters.map((language_code) => ({ commands: commandsIn(language_code), language_code })),
  ];
}
