import type { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { type Clock, type Logger, OperatorError } from "../core/index.ts";
import { CallLog, type RecordedCall } from "./bot-api/call-log.ts";
import { Commands } from "./bot-api/commands.ts";
import { type FaultChance, type FaultOrder, Faults } from "./bot-api/faults.ts";
import { isObject } from "./bot-api/params.ts";
import { RateLimits } from "./bot-api/rate-limits.ts";
import { createBotApiServer } from "./bot-api/server.ts";
import { UpdateQueue } from "./bot-api/updates.ts";
import { WebhookDelivery } from "./bot-api/webhook.ts";
import { CallbackQueries } from "./chats/callback-queries.ts";
import type { ChatView } from "./chats/chat-view.ts";
import { Chats } from "./chats/chats.ts";
import { Events, type SandboxListener } from "./chats/events.ts";
import type { WireChat, WireCommand, WireUpdate, WireUser } from "./chats/wire.ts";
import type { World } from "./chats/world.ts";
import type { ByteRange } from "./files/content-folder.ts";
import { Files, type StoredFile } from "./files/files.ts";
import { createPeople } from "./people/create-people.ts";
import type { People } from "./people/people.ts";
import { createSaver, type SandboxStorage } from "./storage.ts";

export interface SandboxTelegramOptions {
  /** The bot's token, shaped like Telegram's (`123456:letters`). */
  token: string;
  bot?: { id: number; username: string; firstName: string };
  /** The port on 127.0.0.1; 0, the default, takes a free one. */
  port?: number;
  /** Keeps chats, counters and unconfirmed updates; without one they end with the process. */
  storage?: SandboxStorage;
  /** Where nothing is stored, updates and messages are numbered after this; 0 by default. */
  idsAfter?: number;
  /** Keeps the contents of files; without one, a temporary folder that `stop` deletes. */
  filesFolder?: string;
  /** The most bytes that all files together may take before the oldest are dropped; 1 GB by default. */
  maxFilesBytes?: number;
  /** Whether Telegram's limits on sends apply; off by default. */
  rateLimits?: boolean;
  /** Decides the fault of each call for which none was ordered; none by default. */
  fault?: FaultChance;
  /** The number of the bot's calls that are kept for `calls`; 10,000 by default. */
  callsKept?: number;
  clock: Clock;
  logger: Logger;
}

/** A simulated Telegram: the Bot API for one bot, and the people who talk to it. */
export interface SandboxTelegram extends People {
  /** Starts listening. @throws OperatorError when the port is taken. */
  start(): Promise<{ apiRoot: string }>;
  /** Breaks every connection, as an outage would, frees the port, and waits until all is stored. */
  stop(): Promise<void>;
  readonly bot: WireUser & { username: string };
  /** A chat as people see it now; null before anyone wrote in it. */
  chat(chatId: number): ChatView | null;
  /** The groups that the bot is in. */
  groups(): WireChat[];
  /** The command menu that a person sees in a chat; in their private one if left out. */
  commandsFor(userId: number, chatId?: number): WireCommand[];
  /** A file that a message shows; null when its id is unknown. */
  file(fileId: string): StoredFile | null;
  /** A file's content, or a range of it. */
  readFile(file: StoredFile, range?: ByteRange): Promise<Readable>;
  /** Deletes every file, as Telegram may; their ids become unknown. */
  forgetFiles(): Promise<void>;
  /** The bot's newest completed calls, oldest first; of one method if it is given. */
  calls(method?: string): RecordedCall[];
  /** The number of updates that the bot has not confirmed. */
  pendingUpdates(): number;
  faults: {
    /** Orders a fault for the next matching calls. */
    order(fault: FaultOrder): void;
    clear(): void;
  };
  /** Calls the listener at every event. @returns a function that unsubscribes it. */
  subscribe(listener: SandboxListener): () => void;
  /**
   * Calls `look` now and after every event, and resolves with its first result other than undefined, null and false.
   * @throws the signal's reason; an AppError when the simulation stops first.
   */
  waitFor<Found>(look: () => Found | undefined | null | false, signal?: AbortSignal): Promise<Found>;
}

const DEFAULT_BOT = { id: 7_000_000_001, username: "helpline_bot", firstName: "Helpline" };
const DEFAULT_CALLS_KEPT = 10_000;
const DEFAULT_FILES_BYTES = 1024 * 1024 * 1024;

/** Creates a simulated Telegram on 127.0.0.1. Nothing happens before `start`. */
export function createSandboxTelegram(options: SandboxTelegramOptions): SandboxTelegram {
  const { clock, logger, storage, token } = options;
  const world = createWorld(options);
  const { chats, commands, events, files, updates } = world;
  const calls = new CallLog(options.callsKept ?? DEFAULT_CALLS_KEPT);
  const faults = new Faults(options.fault);
  const rateLimits = options.rateLimits ? new RateLimits(clock) : null;
  let server: FastifyInstance | null = null;
  let isLoaded = false;

  async function load(): Promise<void> {
    if (isLoaded) return;
    const entries = (await storage?.load()) ?? [];
    isLoaded = true;
    if (options.idsAfter !== undefined) {
      chats.startIdsAfter(options.idsAfter);
      updates.startIdsAfter(options.idsAfter);
    }
    chats.restore(entries);
    updates.restore(entries);
    commands.restore(entries);
    await files.restore(entries);
    for (const update of updates.list()) {
      const ids = messageOf(update);
      if (ids) chats.markUnread(ids.chatId, ids.messageId);
    }
    world.webhook.restore(entries);
  }

  return {
    ...createPeople(world),
    bot: world.bot,
    async start() {
      await load();
      server = await createBotApiServer({ token, world, calls, faults, rateLimits, clock, logger });
      try {
        return { apiRoot: await server.listen({ host: "127.0.0.1", port: options.port ?? 0 }) };
      } catch (cause) {
        const message = `The simulated Telegram cannot listen on port ${options.port ?? 0}; is it taken?`;
        throw new OperatorError(message, { code: "SANDBOX_PORT", cause });
      }
    },
    async stop() {
      events.stop();
      world.webhook.stop();
      await server?.close();
      server = null;
      await world.saver.settle();
      await files.close();
    },
    chat: (chatId) => chats.view(chatId),
    groups: () => chats.groups(),
    commandsFor: (userId, chatId = userId) =>
      commands.menuFor(chatId, userId, chats.person(userId)?.user.language_code ?? ""),
    file: (fileId) => files.find(fileId) ?? null,
    readFile: (file, range) => files.read(file, range),
    forgetFiles: () => world.saver.save(files.forgetAll()),
    calls: (method) => calls.list(method),
    pendingUpdates: () => updates.size,
    faults,
    subscribe: (listener) => events.subscribe(listener),
    waitFor: (look, signal) => events.waitFor(look, signal),
  };
}

function createWorld(options: SandboxTelegramOptions): World {
  const { bot = DEFAULT_BOT, clock, logger, storage } = options;
  const saver = createSaver(storage, logger);
  const events = new Events(logger);
  const chats = new Chats(clock);
  const updates = new UpdateQueue(clock, saver, (confirmed) => {
    for (const update of confirmed) {
      const ids = messageOf(update);
      if (!ids) continue;
      chats.markRead(ids.chatId, ids.messageId);
      events.emit({ type: "read", ...ids });
    }
    events.emit({ type: "confirmed", pending: updates.size });
  });
  return {
    bot: { id: bot.id, is_bot: true, first_name: bot.firstName, username: bot.username },
    clock,
    chats,
    files: new Files({
      folder: options.filesFolder,
      maxBytes: options.maxFilesBytes ?? DEFAULT_FILES_BYTES,
    }),
    updates,
    webhook: new WebhookDelivery({ clock, updates, saver }),
    events,
    saver,
    callbackQueries: new CallbackQueries(clock),
    commands: new Commands(saver),
  };
}

/** The message that the update carries; null when it carries none. */
function messageOf({ message }: WireUpdate): { chatId: number; messageId: number } | null {
  if (!isObject(message) || !isObject(message.chat)) return null;
  const { id: chatId } = message.chat;
  const { message_id: messageId } = message;
  return typeof chatId === "number" && typeof messageId === "number" ? { chatId, messageId } : null;
}
