import type { BotCommand } from "../telegram/index.ts";
import type { MenuItem } from "./content.ts";
import type { ConversationContent, ReplyKeyboardMarkup } from "./ports.ts";

/** The commands everyone has, in the order Telegram lists them. */
const COMMANDS = ["start", "ask", "topics", "settings", "language", "new", "cancel", "help", "stop"] as const;

const MENU_COMMANDS: Record<MenuItem, (typeof COMMANDS)[number]> = {
  ask: "ask",
  topics: "topics",
  settings: "settings",
  new: "new",
  help: "help",
  leave: "stop",
};

/** The buttons below the message field of a private chat. */
export function menuKeyboard(content: ConversationContent, language: string): ReplyKeyboardMarkup {
  return {
    keyboard: content.bot.menu.map((row) =>
      row.map((item) => ({ text: content.translate(language, `menu.${item}`) })),
    ),
    resize_keyboard: true,
    is_persistent: true,
  };
}

/** The command that the label of a menu's button stands for, in whatever language the button was made. */
export function menuCommand(content: ConversationContent, text: string): string | null {
  for (const language of content.bot.languages) {
    for (const item of Object.keys(MENU_COMMANDS) as MenuItem[]) {
      if (content.translate(language, `menu.${item}`) === text.trim()) return MENU_COMMANDS[item];
    }
  }
  return null;
}

export interface CommandMenu {
  commands: BotCommand[];
  /** For people whose Telegram is in this language; without it, for everyone else. */
  language_code?: string;
}

/** The command menus Telegram shows, one for each language and one for all others. */
export function commandMenus(content: {
  bot: { languages: readonly string[]; defaultLanguage: string };
  translate(language: string, key: `commands.${(typeof COMMANDS)[number]}`): string;
}): CommandMenu[] {
  const commandsIn = (language: string): BotCommand[] =>
    COMMANDS.map((command) => ({ command, description: content.translate(language, `commands.${command}`) }));
  const twoLetters = content.bot.languages.filter((language) => /^[a-z]{2}$/.test(language)); // all Telegram takes
  return [
    { commands: commandsIn(content.bot.defaultLanguage) },
    ...twoLetters.map((language_code) => ({ commands: commandsIn(language_code), language_code })),
  ];
}
