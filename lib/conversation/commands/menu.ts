import type { MenuItem } from "../../content/index.ts";
import type { BotCommand, ReplyKeyboardMarkup } from "../../telegram/index.ts";
import type { Operators } from "../exchange.ts";
import type { ConversationContent } from "../ports.ts";

/** The commands everyone has, in the order Telegram lists them. */
const COMMANDS = [
  "start",
  "ask",
  "topics",
  "settings",
  "language",
  "new",
  "cancel",
  "history",
  "mydata",
  "forget",
  "help",
  "stop",
] as const;
/** The commands only operators have. */
const OPERATOR_COMMANDS = ["stats", "broadcast", "user", "block", "unblock", "reload", "end"] as const;

type Command = (typeof COMMANDS)[number] | (typeof OPERATOR_COMMANDS)[number];

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
  /** The one chat it is for; without it, for all. */
  scope?: { type: "chat"; chat_id: number };
}

export interface MenuContent {
  bot: { languages: readonly string[]; defaultLanguage: string };
  translate(language: string, key: `commands.${Command}`): string;
}

/** The command menus Telegram shows, one for each language and one for all others. */
export function commandMenus(content: MenuContent): CommandMenu[] {
  const commandsIn = (language: string): BotCommand[] => listed(content, language, COMMANDS);
  const twoLetters = content.bot.languages.filter((language) => /^[a-z]{2}$/.test(language)); // all Telegram takes
  return [
    { commands: commandsIn(content.bot.defaultLanguage) },
    ...twoLetters.map((language_code) => ({ commands: commandsIn(language_code), language_code })),
  ];
}

/** The menus of operators, alone with the bot and in the chat they share, in the bot's first language. */
export function operatorMenus(content: MenuContent, { userIds, chatId }: Operators): CommandMenu[] {
  const menu = (chat_id: number, names: readonly Command[]): CommandMenu => ({
    commands: listed(content, content.bot.defaultLanguage, names),
    scope: { type: "chat", chat_id },
  });
  return [
    ...userIds.map((userId) => menu(userId, [...COMMANDS, ...OPERATOR_COMMANDS])),
    ...(chatId === undefined ? [] : [menu(chatId, OPERATOR_COMMANDS)]),
  ];
}

function listed(content: MenuContent, language: string, names: readonly Command[]): BotCommand[] {
  return names.map((command) => ({
    command,
    description: content.translate(language, `commands.${command}`),
  }));
}
