import type { WireCommand } from "../chats/wire.ts";
import type { Saver, StoredEntry } from "../storage.ts";
import { badRequest } from "./api-error.ts";
import { isObject, type Params, string } from "./params.ts";

/** Telegram's limit for one list. */
const MAX_COMMANDS = 100;
const SCOPES = new Set(
  "default all_private_chats all_group_chats all_chat_administrators chat chat_administrators chat_member".split(
    " ",
  ),
);

/** The bot's command menus, one per scope and language. */
export class Commands {
  private readonly lists = new Map<string, WireCommand[]>();
  private readonly saver: Saver;

  constructor(saver: Saver) {
    this.saver = saver;
  }

  /** Sets the list of the call's scope and language. @throws BotApiError for a command Telegram refuses. */
  async set(params: Params): Promise<void> {
    await this.put(keyOf(params), readCommands(params.commands));
  }

  async delete(params: Params): Promise<void> {
    await this.put(keyOf(params), []);
  }

  /** The list of exactly the call's scope and language, as getMyCommands answers. */
  get(params: Params): WireCommand[] {
    return this.lists.get(keyOf(params)) ?? [];
  }

  /** The menu a person sees in a chat: of the narrowest scope that has one, preferably in their language. */
  menuFor(chatId: number, userId: number, languageCode: string): WireCommand[] {
    const kind = chatId > 0 ? "all_private_chats" : "all_group_chats";
    for (const scope of [`chat_member:${chatId}:${userId}`, `chat:${chatId}`, kind, "default"]) {
      const list = this.lists.get(`${scope}|${languageCode}`) ?? this.lists.get(`${scope}|`);
      if (list) return list;
    }
    return [];
  }

  restore(entries: readonly StoredEntry[]): void {
    for (const { kind, id, value } of entries) {
      if (kind === "commands") this.lists.set(id, value as WireCommand[]);
    }
  }

  private async put(key: string, commands: WireCommand[]): Promise<void> {
    if (commands.length > 0) this.lists.set(key, commands);
    else this.lists.delete(key);
    await this.saver.save([{ kind: "commands", id: key, value: commands.length > 0 ? commands : null }]);
  }
}

function keyOf(params: Params): string {
  const { scope } = params;
  const type = isObject(scope) && typeof scope.type === "string" ? scope.type : "default";
  if (!SCOPES.has(type)) throw badRequest("can't parse BotCommandScope: unsupported type specified");
  const chat = isObject(scope) && type.startsWith("chat") ? `:${String(scope.chat_id)}` : "";
  const member = isObject(scope) && type === "chat_member" ? `:${String(scope.user_id)}` : "";
  return `${type}${chat}${member}|${string(params, "language_code")}`;
}

function readCommands(value: unknown): WireCommand[] {
  if (!Array.isArray(value)) throw badRequest("can't parse commands: expected an Array of BotCommand");
  if (value.length > MAX_COMMANDS) throw badRequest("BOT_COMMANDS_TOO_MUCH");
  return value.map((entry: unknown) => {
    if (!isObject(entry)) throw badRequest("can't parse BotCommand: expected an Object");
    const command = string(entry, "command").replace(/^\//, "");
    const description = string(entry, "description").trim();
    if (!/^[a-z0-9_]{1,32}$/.test(command)) throw badRequest("BOT_COMMAND_INVALID");
    if (description.length < 1 || description.length > 256)
      throw badRequest("BOT_COMMAND_DESCRIPTION_INVALID");
    return { command, description };
  });
}
