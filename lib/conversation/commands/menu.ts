import type { MenuItem } from "../../content/index.ts";
import type { BotCommand, ReplyKeyboardMarkup } from "../../telegram/index.ts";
import type { Operators } from "../exchange.ts";
import type { ConversationContent } from "../ports.ts";

/** Every command, in the order of Telegram's menus, and whose menu it is in. */
const COMMANDS = {
  start: "everyone",
  ask: "everyone",
  topics: "everyone",
  settings: "everyone",
  language: "everyone",
  person: "everyone",
  new: "everyone",
  cancel: "everyone",
  history: "everyone",
  mydata: "everyone",
  forget: "everyone",
  help: "everyone",
  stop: "everyone",
  stats: "operators",
  broadcast: "operators",
  user: "operators",
  block: "operators",
  unblock: "operators",
  reload: "operators",
  end: "operators",
} as const satisfies Record<string, "everyone" | "operators">;

export type CommandName = keyof typeof COMMANDS;

const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

/** The commands behind the buttons of the menu. */
const MENU_COMMANDS: Record<MenuItem, CommandName> = {
  ask: "ask",
  topics: "topics",
  settings: "settings",
  new: "new",
  help: "help",
  leave: "stop",
  person: "person",
};

/** The keyboard below the message field of a private chat. */
export function menuKeyboard(content: ConversationContent, language: string): ReplyKeyboardMarkup {
  return {
    keyboard: content.bot.menu.map((row) =>
      row.map((item) => ({ text: content.translate(language, `menu.${item}`) })),
    ),
    resize_keyboard: true,
    is_persistent: true,
  };
}

/** The command of the menu button with this label in any language, or null. */
export function menuCommand(content: ConversationContent, text: string): CommandName | null {
  for (const language of content.bot.languages) {
    for (const item of Object.keys(MENU_COMMANDS) as MenuItem[]) {
      if (content.translate(language, `menu.${item}`) === text.trim()) return MENU_COMMANDS[item];
    }
  }
  return null;
}

export interface CommandMenu {
  commands: BotCommand[];
  /** Telegram's language of the people it is for; without it, for everyone else. */
  language_code?: string;
  /** The chat it is for; without it, for all. */
  scope?: { type: "chat"; chat_id: number };
}

export type MenuContent = Pick<ConversationContent, "translate"> & {
  bot: Pick<ConversationContent["bot"], "languages" | "defaultLanguage">;
};

/**
 * The command menus for everyone: one for each language and one for all others.
 * @param hasTeam whether there is an operators' chat, and so a person to talk to
 */
export function commandMenus(content: MenuContent, hasTeam: boolean): CommandMenu[] {
  const forEveryone = COMMAND_NAMES.filter(
    (name) => COMMANDS[name] === "everyone" && (name !== "person" || hasTeam),
  );
  const commandsIn = (language: string): BotCommand[] => describeCommands(content, language, forEveryone);
  const twoLetters = content.bot.languages.filter((language) => /^[a-z]{2}$/.test(language)); // the only codes Telegram accepts
  return [
    { commands: commandsIn(content.bot.defaultLanguage) },
    ...twoLetters.map((language_code) => ({ commands: commandsIn(language_code), language_code })),
  ];
}

/** The menus of operators, in their private chats and in the operators' chat, in the default language. */
export function operatorMenus(content: MenuContent, { userIds, chatId }: Operators): CommandMenu[] {
  const menu = (chat_id: number, names: readonly CommandName[]): CommandMenu => ({
    commands: describeCommands(content, content.bot.defaultLanguage, names),
    scope: { type: "chat", chat_id },
  });
  const forOperators = COMMAND_NAMES.filter((name) => COMMANDS[name] === "operators");
  return [
    ...userIds.map((userId) => menu(userId, COMMAND_NAMES)),
    ...(chatId === undefined ? [] : [menu(chatId, forOperators)]),
  ];
}

function describeCommands(
  content: MenuContent,
  language: string,
  names: readonly CommandName[],
): BotCommand[] {
  return names.map((command) => ({
    command,
    description: content.translate(language, `commands.${command}`),
  }));
}

/** The content without the menu's button for a person, for a bot without an operators' chat. */
export function withoutPersonButton<Content extends Pick<ConversationContent, "bot">>(
  content: Content,
): Content {
  // A view, since a reload replaces what `content.bot` gives.
  return Object.create(content, {
    bot: {
      get(): ConversationContent["bot"] {
        const rows = content.bot.menu.map((row) => row.filter((item) => item !== "person"));
        return { ...content.bot, menu: rows.filter((row) => row.length > 0) };
      },
    },
  }) as Content;
}
