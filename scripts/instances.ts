import { join } from "node:path";
import { openDatabase } from "../lib/app/index.ts";
import { type Config, loadConfig } from "../lib/config/index.ts";
import {
  createLogger,
  errorMessage,
  makePrivateFolder,
  OperatorError,
  systemClock,
} from "../lib/core/index.ts";
import {
  createSandboxTelegram,
  OPERATORS_PAGE,
  presetOperators,
  registerChatPage,
} from "../lib/sandbox/index.ts";
import { openStore } from "../lib/store/index.ts";
import { startWebServer } from "../lib/web/index.ts";
import { type Instance, startInstance } from "./instances/instance.ts";
import { startRedisServer } from "./instances/redis-server.ts";

/** Grants access to nothing: Telegram is simulated, so that trying this out disturbs no bot that runs. */
const TOKEN = "7000000001:a-token-of-the-simulation";
const DEFAULT_COUNT = 3;
const MAX_COUNT = 16;
const USAGE = `Usage: npm run instances -- [1 to ${MAX_COUNT}; ${DEFAULT_COUNT} unless given]`;

/** Starts several instances of the bot here, with a Redis, the embedded database and the chat page, until Ctrl-C. */
async function main(): Promise<void> {
  const count = countOf(process.argv.slice(2));
  const config = loadConfig(process.env);
  const closers: (() => Promise<void>)[] = [];
  /** In the reverse order of their start. */
  async function close(): Promise<void> {
    for (const closer of closers.splice(0).toReversed()) await closer();
  }

  try {
    const running = await start(config, count, closers);
    process.stdout.write(describe(running));
    await new Promise<void>((resolve) => {
      process.once("SIGINT", resolve);
      process.once("SIGTERM", resolve);
    });
    process.stdout.write("\n  Stopping.\n");
  } finally {
    await close();
  }
}

interface Running {
  chatUrl: string;
  instances: readonly Instance[];
}

async function start(config: Config, count: number, closers: (() => Promise<void>)[]): Promise<Running> {
  const clock = systemClock;
  const logger = createLogger({ level: "warn", format: "text", secrets: config.secrets });
  const redis = config.redis ?? (await ownRedis(closers));
  const database = await openDatabase(config, { clock, logger });
  closers.push(database.close);
  const { database: name } = config.mongodb;
  const store = await openStore({ uri: database.uri, database: name, maxPoolSize: 5, minPoolSize: 0, clock });
  closers.push(store.close);
  const filesFolder = join(config.folders.data, "simulated-telegram");
  await makePrivateFolder(filesFolder, { isDeep: true, logger });
  const telegram = createSandboxTelegram({
    clock,
    logger,
    token: TOKEN,
    storage: store.sandbox,
    idsAfter: Math.floor(clock.now() / 1000), // for a restored database, as in `startSandbox`
    filesFolder,
  });
  const { apiRoot } = await telegram.start();
  closers.push(telegram.stop);
  const operators = await presetOperators(telegram);
  const { host, port } = config.http;
  const register: Parameters<typeof startWebServer>[0]["register"] = (app) => registerChatPage(app, telegram);
  const web = await startWebServer({ host, port, clock, register });
  closers.push(web.close);

  const environment = {
    ...process.env,
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_API_ROOT: apiRoot,
    ADMIN_USER_IDS: operators.userIds.join(","),
    OPERATORS_CHAT_ID: String(operators.chatId),
    MONGODB_URI: database.uri,
    MONGODB_DB: name,
    REDIS_URL: redis.url,
  };
  const starting = Array.from({ length: count }, async (_, index) => {
    const number = index + 1;
    const instance = await startInstance(number, {
      ...environment,
      DATA_DIR: join(config.folders.data, "instances", String(number)),
      HTTP_PORT: String(port === 0 ? 0 : port + number),
    });
    closers.push(instance.stop);
    void instance.ended.then((how) => process.stderr.write(`[${number}] ended (${how})\n`));
    return instance;
  });
  await Promise.allSettled(starting); // so that each that runs is stopped when another does not start
  return { chatUrl: web.url, instances: await Promise.all(starting) };
}

async function ownRedis(closers: (() => Promise<void>)[]): Promise<{ url: string }> {
  const redis = await startRedisServer();
  closers.push(redis.close);
  return redis;
}

function describe({ chatUrl, instances }: Running): string {
  const lines = [
    "",
    `  ${instances.length} instances of Helpline are running. Ctrl-C stops them.`,
    "",
    `  Chat       ${chatUrl}/chat  ← talk to the bot here`,
    `  Operators  ${chatUrl}${OPERATORS_PAGE}  ← and answer people here`,
    ...instances.map(({ url, pid }, index) => `  Instance ${index + 1} ${url}  (process ${pid})`),
    "",
    "  Ask something, then end the process that answers (kill -9): another one takes over.",
    "  All together and each: npm run stats -- --instances",
    "",
  ];
  return `${lines.join("\n")}\n`;
}

function countOf([text = String(DEFAULT_COUNT), ...others]: readonly string[]): number {
  const count = Number(text);
  if (others.length > 0 || !/^\d{1,2}$/.test(text) || count < 1 || count > MAX_COUNT) {
    throw new OperatorError(USAGE, { code: "USAGE" });
  }
  return count;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${errorMessage(error)}\n`);
    process.exit(1);
  },
);
