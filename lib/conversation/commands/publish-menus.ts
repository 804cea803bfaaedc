import type { Logger } from "../../core/index.ts";
import type { TelegramApi } from "../../telegram/index.ts";
import type { Operators } from "../exchange.ts";
import { commandMenus, type MenuContent, operatorMenus } from "./menu.ts";

export interface PublishMenusDeps {
  api: Pick<TelegramApi, "setMyCommands">;
  operators: Operators;
  logger: Logger;
  signal: AbortSignal;
}

/** Sets the command menus that people and operators see in Telegram. Best effort: a failure is only logged. */
export async function publishMenus(
  content: MenuContent,
  { api, operators, logger, signal }: PublishMenusDeps,
): Promise<void> {
  try {
    for (const menu of commandMenus(content, operators.chatId !== undefined))
      await api.setMyCommands(menu, signal);
  } catch (error) {
    if (!signal.aborted) logger.warn("The command menu could not be set", { error });
  }
  for (const menu of operatorMenus(content, operators)) {
    // Telegram refuses the menu of a chat in which it has not seen the bot yet.
    await api
      .setMyCommands(menu, signal)
      .catch((error: unknown) => logger.debug("An operators' menu could not be set", { error }));
  }
}
