import type { Redis } from "ioredis";
import * as z from "zod";

const announcementSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("arrived"), chatKeys: z.array(z.string()) }),
  // A group became a supergroup.
  z.object({ kind: z.literal("moved"), fromChatId: z.number(), toChatId: z.number() }),
  z.object({ kind: z.literal("reload") }),
  // `version` tells contents apart; null: the files have mistakes, or could not be read.
  z.object({ kind: z.literal("reloaded"), instance: z.string(), version: z.string().nullable() }),
]);

/** What instances tell each other. It may be lost, so its receivers also look from time to time. */
export type Announcement = z.infer<typeof announcementSchema>;

export interface AnnouncementsOptions {
  prefix: string;
  instance: string;
  commands: Redis;
  subscriber: Redis;
  /** Called with what the other instances announce. */
  onAnnouncement(announcement: Announcement): void;
}

const messageSchema = z.object({ from: z.string(), announcement: announcementSchema });

/** Announcements among the instances of a bot, by pub/sub. */
export class Announcements {
  readonly #options: AnnouncementsOptions;
  readonly #channel: string;

  constructor(options: AnnouncementsOptions) {
    this.#options = options;
    this.#channel = `${options.prefix}:announcements`;
    options.subscriber.on("message", (_channel: string, message: string) => this.#hear(message));
    options.subscriber.subscribe(this.#channel).catch(() => {}); // subscribed when Redis is there
  }

  /** Resolves when it was said. @throws while Redis is away */
  async publish(announcement: Announcement): Promise<void> {
    const { commands, instance } = this.#options;
    await commands.publish(this.#channel, JSON.stringify({ from: instance, announcement }));
  }

  #hear(message: string): void {
    const parsed = messageSchema.safeParse(parseJson(message));
    if (!parsed.success || parsed.data.from === this.#options.instance) return;
    this.#options.onAnnouncement(parsed.data.announcement);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
