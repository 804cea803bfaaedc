import { MongoClient } from "mongodb";
import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";
import type { BotProcess } from "../../../scripts/simulate/bot/bot-process.ts";
import {
  createSimulation,
  type Simulation,
  type SimulationOptions,
} from "../../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../../support/few-pages.ts";
import { startRedis, type TestRedis } from "../../support/servers/redis.ts";

/** A bot of several instances, in processes of their own, with a Redis, a MongoDB and a simulated Telegram and model. */
export interface Instances {
  simulation: Simulation;
  redis: TestRedis;
  mongo: EmbeddedMongo;
  /** The bot's database. */
  client: MongoClient;
  /** Starts one more. */
  start(environment?: Record<string, string>): Promise<Instance>;
  close(): Promise<void>;
}

export interface Instance extends BotProcess {
  /** Its name in the database. */
  name: string;
}

export const DATABASE = "helpline";

export async function createInstances(options: SimulationOptions = {}): Promise<Instances> {
  const [redis, mongo, simulation] = await Promise.all([
    startRedis(),
    startEmbeddedMongo({ clock: systemClock, logger: silentLogger }),
    createSimulation({ isPlain: true, pages: FEW_PAGES, ...options }),
  ]);
  const client = await MongoClient.connect(mongo.uri);
  return {
    simulation,
    redis,
    mongo,
    client,
    async start(environment = {}) {
      const bot = await simulation.startBot({
        MONGODB_URI: mongo.uri,
        MONGODB_DB: DATABASE,
        REDIS_URL: redis.url,
        MONGODB_MIN_POOL: "1", // so that they start fast on a busy machine
        ...environment,
      });
      const name = /"instance":"([^"]+)"/.exec(bot.output())?.[1] ?? "";
      return { ...bot, name };
    },
    async close() {
      await simulation.close();
      await client.close();
      await Promise.all([redis.close(), mongo.close()]);
    },
  };
}
