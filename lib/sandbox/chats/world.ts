import type { Clock } from "../../core/index.ts";
import type { Commands } from "../bot-api/commands.ts";
import type { Params } from "../bot-api/params.ts";
import type { UpdateQueue } from "../bot-api/updates.ts";
import type { WebhookDelivery } from "../bot-api/webhook.ts";
import type { Files } from "../files/files.ts";
import type { Saver } from "../storage.ts";
import type { CallbackQueries } from "./callback-queries.ts";
import type { Chats } from "./chats.ts";
import type { Events } from "./events.ts";
import type { WireUser } from "./wire.ts";

/** The state that the bot's calls and the people's actions work on. */
export interface World {
  bot: WireUser & { username: string };
  clock: Clock;
  chats: Chats;
  files: Files;
  updates: UpdateQueue;
  webhook: WebhookDelivery;
  callbackQueries: CallbackQueries;
  commands: Commands;
  events: Events;
  saver: Saver;
}

/**
 * A method of the Bot API: returns its `result`, or throws a BotApiError.
 * @param signal gives the signal that aborts when the caller disconnects; called only where a call waits.
 */
export type Method = (world: World, params: Params, signal: () => AbortSignal) => unknown;
