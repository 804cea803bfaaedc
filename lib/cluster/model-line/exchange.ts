import type { Redis } from "ioredis";
import * as z from "zod";
import { MODEL_LINE_SCRIPT } from "./script.ts";

/** What an instance says to the line at a model; the script reads the other fields by its `op`. */
export interface LineRequest {
  op: "beat" | "enter" | "leave" | "end" | "bye";
  [field: string]: unknown;
}

/** Lua knows no difference between an empty list and an empty map. */
const list = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (Array.isArray(value) ? value : []), z.array(item));
const load = z.object({ calls: z.number(), promptTokens: z.number() });

const replySchema = z.object({
  /** Whether every instance had the time to say what it holds. */
  isReady: z.boolean(),
  /** The calls of this instance that have a place. */
  held: list(z.string()),
  places: z.record(z.string(), load.extend({ rank: z.number() })),
  limit: z.number(),
  inFlight: z.number(),
  people: load,
  all: load,
  recent: list(z.tuple([z.number(), z.number(), z.number()])),
  today: z.number(),
  closedDay: z.object({ probeInMs: z.number(), probeMs: z.number() }).optional(),
  pauseMs: z.number(),
  breaker: z.enum(["closed", "open", "half-open"]),
  probeInMs: z.number(),
});

/** What an instance hears of the line. */
export type LineReply = z.infer<typeof replySchema>;

const grantSchema = z.object({ model: z.string(), id: z.string() });

type WithScript = Redis & { modelLine(key: string, request: string, channels: string): Promise<string> };

export interface ExchangeOptions {
  prefix: string;
  instance: string;
  commands: Redis;
  subscriber: Redis;
}

/** The way to the lines at the models, which are in Redis. */
export class LineExchange {
  readonly #options: ExchangeOptions;
  readonly #commands: WithScript;
  readonly #channels: string;
  readonly #listeners = new Map<string, (id: string) => void>();

  constructor(options: ExchangeOptions) {
    const { prefix, instance, commands, subscriber } = options;
    this.#options = options;
    commands.defineCommand("modelLine", { numberOfKeys: 1, lua: MODEL_LINE_SCRIPT });
    this.#commands = commands as WithScript;
    this.#channels = `${prefix}:places:`;
    const own = this.#channels + instance;
    subscriber.on("message", (channel: string, message: string) => {
      if (channel === own) this.#hear(message);
    });
    subscriber.subscribe(own).catch(() => {}); // subscribed when Redis is there
  }

  /** Calls back when a call to a model may begin. The message may be lost: the next reply says so as well. */
  onGranted(model: string, callback: (id: string) => void): void {
    this.#listeners.set(model, callback);
  }

  /** @throws while Redis is away */
  async ask(model: string, request: LineRequest): Promise<LineReply> {
    const { prefix, instance } = this.#options;
    const key = `${prefix}:model:${model}`;
    const asked = JSON.stringify({ ...request, instance, model });
    return replySchema.parse(JSON.parse(await this.#commands.modelLine(key, asked, this.#channels)));
  }

  #hear(message: string): void {
    const { model, id } = grantSchema.parse(JSON.parse(message));
    this.#listeners.get(model)?.(id);
  }
}
