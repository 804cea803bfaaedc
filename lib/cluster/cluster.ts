import type { SharedLine } from "../answers/index.ts";
import { type Clock, errorCode, type Logger } from "../core/index.ts";
import type { Store } from "../store/index.ts";
import { type Announcement, Announcements } from "./announcements.ts";
import { ChatHomes, type ChatWorker } from "./chat-homes.ts";
import { type Job, Lease, type RunAlone } from "./lease.ts";
import { Members } from "./members.ts";
import { LineExchange } from "./model-line/exchange.ts";
import { ModelLine } from "./model-line/model-line.ts";
import { connectRedis, isFirst } from "./redis.ts";
import { startSweeper } from "./sweeper.ts";
import { WakeUps } from "./wake-ups.ts";

export interface ClusterOptions {
  redisUrl: string;
  /** This instance, unique to this start. */
  instance: string;
  botId: number;
  /** The name of the database: bots with different ones share nothing. */
  database: string;
  store: Pick<Store, "chatHomes" | "instances" | "leases" | "updates" | "outbox" | "pseudonym">;
  clock: Clock;
  logger: Logger;
}

/** The other instances of this bot. */
export interface Cluster {
  readonly instance: string;
  /** How many instances run, as last known; this one counts. */
  count(): number;
  /** The right to work on a chat, while this instance has it. */
  homeOf: ChatHomes["homeOf"];
  /** Has some instance look at new updates and sends of chats, at once. */
  wake(chatKeys: readonly string[]): void;
  /** Begins to take chats. */
  start(worker: ChatWorker): void;
  /** This instance may have room for one more chat. */
  hasMoreRoom(): void;
  /** Takes no more chats; those that are here go on. */
  pause(): void;
  /** Resolves when no chat is here any more. */
  stop(): Promise<void>;
  runAlone: RunAlone;
  /** The line at a model, and its limits, that all instances share. */
  modelLine(model: string): SharedLine;
  /** Whether no instance has asked this of an event within a time, in milliseconds; true as well while Redis is away. */
  isFirst(event: string, withinMs: number): Promise<boolean>;
  /** When some instance was last seen at the work of a name, in monotonic milliseconds. */
  aliveAt(name: string): number | undefined;
  announce(announcement: Announcement): Promise<void>;
  onAnnouncement(callback: (announcement: Announcement) => void): void;
  /** What is wrong with Redis; null when all is well. */
  problem(): string | null;
  close(): Promise<void>;
}

/** An outage of Redis is named from this age on, in milliseconds: a reconnection is none. */
const AWAY_MS = 3_000;

/** Joins the other instances of the bot. Redis need not be there: then chats are taken up once it is. */
export function openCluster(options: ClusterOptions): Cluster {
  const { redisUrl, instance, botId, database, store, clock, logger } = options;
  const prefix = `helpline:${database}:${botId}`;
  logger.info("Joining the other instances of the bot", { instance });
  const redis = connectRedis(redisUrl, { prefix, clock, logger });
  const wakeUps = new WakeUps({ prefix, ...redis, clock, logger });
  const lines: ModelLine[] = [];
  const members = new Members({
    instance,
    store: store.instances,
    models: () => lines.map((line) => line.state()),
    clock,
    logger,
  });
  const exchange = new LineExchange({ prefix, instance, ...redis });
  members.start();
  const listeners: ((announcement: Announcement) => void)[] = [];
  const leases = new Map<string, Lease>();
  let homes: ChatHomes | undefined;
  let sweeper: Job | undefined;

  const announcements = new Announcements({
    prefix,
    instance,
    ...redis,
    onAnnouncement(announcement) {
      if (announcement.kind === "arrived") homes?.look(announcement.chatKeys);
      for (const listener of listeners) listener(announcement);
    },
  });

  /** Without an effect while Redis is away: the sweeper does it later. */
  function inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => logger.debug("Redis took no wake-up", { code: errorCode(error) }));
  }

  const runAlone: RunAlone = (name, begin) => {
    const lease = new Lease({
      name: `${botId}:${name}`,
      owner: instance,
      store: store.leases,
      clock,
      logger,
    });
    leases.set(name, lease);
    lease.start(begin);
    return lease;
  };

  return {
    instance,
    count: () => members.count(),
    homeOf: (chatKey) => homes?.homeOf(chatKey),
    wake(chatKeys) {
      if (chatKeys.length === 0) return;
      inBackground(wakeUps.add(chatKeys));
      inBackground(announcements.publish({ kind: "arrived", chatKeys: [...chatKeys] }));
      homes?.look(chatKeys);
    },
    start(worker) {
      homes = new ChatHomes({
        instance,
        store: store.chatHomes,
        wakeUps,
        worker,
        pseudonym: store.pseudonym,
        clock,
        logger,
      });
      homes.start();
      const openChats = async (): Promise<Set<string>> => {
        const [updates, sends] = await Promise.all([
          store.updates.openChats(botId, new Date(clock.now())),
          store.outbox.openChats(botId),
        ]);
        return new Set([...updates, ...sends]);
      };
      const wake = (chatKeys: readonly string[]): Promise<void> => wakeUps.addMissing(chatKeys);
      sweeper = runAlone("sweeper", (holding) =>
        startSweeper({ openChats, wake, onBack: redis.onBack, clock, logger }, holding),
      );
    },
    hasMoreRoom: () => homes?.hasMoreRoom(),
    pause: () => homes?.pause(),
    async stop() {
      await Promise.all([sweeper?.stop(), homes?.stop()]);
    },
    runAlone,
    modelLine(model) {
      const line = new ModelLine({ model, instance, exchange, members, clock, logger });
      lines.push(line);
      return line;
    },
    isFirst: (event, withinMs) => isFirst(redis.commands, `${prefix}:first:${event}`, withinMs),
    aliveAt: (name) => leases.get(name)?.aliveAt,
    announce: (announcement) => announcements.publish(announcement),
    onAnnouncement: (callback) => listeners.push(callback),
    problem() {
      const since = redis.awaySince();
      const awayMs = since === null ? 0 : clock.monotonic() - since;
      return awayMs < AWAY_MS ? null : `Redis has not answered for ${Math.round(awayMs / 1000)} s`;
    },
    async close() {
      await Promise.all(lines.map((line) => line.close()));
      await members.stop();
      await wakeUps.close();
      await redis.close();
    },
  };
}
