import type { ChatWorker, Cluster } from "../../cluster/index.ts";
import { Inbox, type InboxOptions, type InboxStats, SharedInbox } from "../../inbox/index.ts";
import type { Outbox, OutboxHomes, Update } from "../../telegram/index.ts";

/** The inbox with what it shares with the outbox, of the only instance or of one of several. */
export interface OpenInbox {
  accept(updates: readonly Update[]): Promise<void>;
  stats(): InboxStats;
  /** Takes up sends that an earlier run left. */
  resume(): Promise<void>;
  /** Takes up updates that an earlier run left, and begins to work. */
  start(): Promise<void>;
  stop(graceMs: number): Promise<void>;
  /** Leaves what is unfinished to others; after the outbox has stopped. */
  leave(): Promise<void>;
  /** All messages of a chat are delivered. */
  delivered(chatKey: string): void;
}

export function openOwnInbox<Parsed>(options: InboxOptions<Parsed>, outbox: Outbox): OpenInbox {
  const inbox = new Inbox(options);
  return {
    accept: (updates) => inbox.accept(updates),
    stats: () => inbox.stats(),
    resume: () => outbox.recover(),
    start: () => inbox.start(),
    stop: (graceMs) => inbox.stop(graceMs),
    leave: async () => {},
    delivered() {},
  };
}

/** How many chats wait here for the model or for Telegram, for each that is worked on; the others are for other instances. */
const MAX_CHATS_PER_SLOT = 20;

/** Works on the chats that this instance is the home of, one after another and side by side. */
export function openSharedInbox<Parsed>(
  options: InboxOptions<Parsed>,
  outbox: Pick<Outbox, "open" | "look" | "close" | "isDelivering">,
  cluster: Pick<Cluster, "wake" | "hasMoreRoom" | "start" | "pause" | "stop">,
): OpenInbox {
  const inbox = new SharedInbox({
    ...options,
    wake: cluster.wake,
    onFree: cluster.hasMoreRoom,
    isDelivering: (chatKey) => outbox.isDelivering(chatKey),
  });
  const maxChats = MAX_CHATS_PER_SLOT * options.maxConcurrentChats;
  const worker: ChatWorker = {
    async open(home) {
      try {
        await outbox.open(home); // before anything is answered, which may have been sent already
        await inbox.open(home);
      } finally {
        outbox.close(home.chatKey);
      }
    },
    async look(home) {
      await outbox.look(home);
      await inbox.look(home.chatKey);
    },
    hasRoom: (taken, chats) => inbox.freeSlots() > taken && chats < maxChats,
  };
  return {
    accept: (updates) => inbox.accept(updates),
    stats: () => inbox.stats(),
    resume: async () => {},
    start: async () => cluster.start(worker),
    async stop(graceMs) {
      cluster.pause();
      await inbox.stop(graceMs);
    },
    leave: cluster.stop,
    delivered: (chatKey) => inbox.endIfDone(chatKey),
  };
}

/** What the outbox is told about the homes of chats. */
export function homesOf(cluster: Cluster, onDelivered: (chatKey: string) => void): OutboxHomes {
  return { homeOf: cluster.homeOf, wake: cluster.wake, onDelivered };
}
