import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { isLoopback, OperatorError, type ProxySettings } from "../core/index.ts";
import { findMistyped } from "./mistyped.ts";
import { embeddingsOf, type ModelConfig, modelProblems, modelsOf } from "./models.ts";
import {
  DATABASE_NAME,
  SETTINGS,
  type SettingEntry,
  type SettingName,
  type SettingValues,
} from "./settings.ts";

/** The validated settings, grouped by the parts that use them. */
export interface Config {
  telegram: {
    token: string | undefined;
    apiRoot: string | undefined;
    /** How updates come: Telegram calls the bot; undefined: the bot polls. */
    webhook: { url: string; secret: string } | undefined;
  };
  /** In the order in which they are asked; empty: the library answers. */
  models: readonly ModelConfig[];
  /** The one whose embeddings rank the library; undefined: it is searched by words alone. */
  embeddings: ModelConfig | undefined;
  /** How long a model may think before its first word. */
  firstWordMs: number;
  mongodb: { uri: string | undefined; database: string; maxPoolSize: number; minPoolSize: number };
  /** Joins the instances of the bot; undefined: there is one. */
  redis: { url: string } | undefined;
  folders: { data: string; content: string; media: string };
  maxConcurrentChats: number;
  performance: {
    mode: "off" | "counts" | "full";
    slowOperationMs: number;
    slowAnswerMs: number;
    retentionDays: number;
  };
  http: {
    host: string;
    port: number;
    dashboardToken: string | undefined;
    trustedProxies: readonly string[];
  };
  operators: { userIds: readonly number[]; chatId: number | undefined };
  /** Who may use the bot, beside operators; none: everybody. */
  allowedUserIds: readonly number[];
  proxies: ProxySettings;
  backupPassphrase: string | undefined;
  logging: { level: SettingValues["LOG_LEVEL"]; format: SettingValues["LOG_FORMAT"] };
  /** Where traces and metrics are sent, by OTLP over HTTP. */
  telemetryUrl: string | undefined;
  /** Values that must never be logged; see `createLogger`. */
  secrets: readonly string[];
}

export type Environment = Record<string, string | undefined>;

/**
 * Reads the settings from the environment and from a file, which is left out where there is none. As with
 * `process.loadEnvFile`, the environment is given what only the file has.
 * @throws OperatorError as `readConfig`
 */
export function loadConfig(environment: Environment, file = ".env"): Config {
  const written = existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
  for (const [name, value] of Object.entries(written)) environment[name] ??= value;
  return readConfig(environment, new Set(Object.keys(written)));
}

/**
 * Reads the settings from the environment. An empty value counts as not set.
 * @param inFile the names that an `.env` file gave; see `findMistyped`
 * @throws OperatorError that lists every wrong setting, one per line, without the values of secrets.
 */
export function readConfig(environment: Environment, inFile: ReadonlySet<string> = new Set()): Config {
  const names = Object.keys(environment).filter((name) => environment[name]?.trim());
  const problems = findMistyped({ names, inFile }).map(
    ({ name, meant }) => `${name} is not a setting. Did you mean ${meant}?`,
  );
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const raw = writtenValue(name, environment);
    if (raw === undefined) continue;
    const problem = problemWith(name, raw);
    if (problem === undefined) values[name] = SETTINGS[name].check.parse(raw);
    else problems.push(problem);
  }
  const settings = values as SettingValues;
  problems.push(...contradictions(settings));
  if (problems.length > 0) {
    throw new OperatorError(
      `Helpline cannot start: ${problems.length === 1 ? "a setting is" : `${problems.length} settings are`} wrong.\n${problems
        .map((problem) => `  - ${problem}`)
        .join("\n")}\nSet them in the environment or in the file .env; docs/settings.md has the table.`,
      { code: "WRONG_SETTING" },
    );
  }
  return toConfig(settings);
}

/** The database of a bot whose settings name none. */
const DEFAULT_DATABASE = "helpline";
/** MongoDB's own: in an address they say where the name and password are kept. */
const SYSTEM_DATABASES: readonly string[] = ["admin", "local", "config"];

/** The value of a setting as it is written, or its default. */
function writtenValue(name: SettingName, environment: Environment): string | undefined {
  const { alias, default: preset }: SettingEntry = SETTINGS[name];
  return environment[name]?.trim() || environment[alias ?? name]?.trim() || preset;
}

/** What is wrong with a value, without the value where it is secret; undefined when nothing is. */
export function problemWith(name: SettingName, value: string): string | undefined {
  const { check, secret }: SettingEntry = SETTINGS[name];
  const result = check.safeParse(value);
  if (result.success) return undefined;
  return describe(name, result.error.issues[0]?.message ?? "is wrong", secret ? undefined : value);
}

function describe(name: string, problem: string, value: string | undefined): string {
  return value === undefined ? `${name} ${problem}` : `${name} ${problem}, not "${value.slice(0, 60)}"`;
}

function contradictions(settings: SettingValues): string[] {
  const problems: string[] = [];
  if (settings.MONGODB_MIN_POOL > settings.MONGODB_MAX_POOL) {
    problems.push(
      `MONGODB_MIN_POOL (${settings.MONGODB_MIN_POOL}) must not be greater than MONGODB_MAX_POOL (${settings.MONGODB_MAX_POOL})`,
    );
  }
  problems.push(...modelProblems(settings));
  const database = databaseIn(settings.MONGODB_URI);
  if (settings.MONGODB_DB === undefined && database !== undefined && !DATABASE_NAME.test(database)) {
    problems.push(
      "MONGODB_URI names a database whose name is not 1 to 38 letters, digits, - or _: set MONGODB_DB",
    );
  }
  problems.push(...webhookProblems(settings), ...redisProblems(settings));
  if (
    settings.TRUSTED_PROXIES !== undefined &&
    settings.TRUSTED_PROXIES.length > 0 &&
    !settings.DASHBOARD_TOKEN
  ) {
    problems.push(
      "DASHBOARD_TOKEN is required with TRUSTED_PROXIES: who comes through a proxy is not on this machine",
    );
  }
  if (settings.HTTP_HOST !== undefined && !isLoopback(settings.HTTP_HOST) && !settings.DASHBOARD_TOKEN) {
    problems.push(`DASHBOARD_TOKEN is required when HTTP_HOST is not 127.0.0.1, ::1 or localhost`);
  }
  return problems;
}

function webhookProblems({ WEBHOOK_URL, WEBHOOK_SECRET, TELEGRAM_API_ROOT }: SettingValues): string[] {
  if (WEBHOOK_URL === undefined) {
    return WEBHOOK_SECRET === undefined ? [] : ["WEBHOOK_SECRET has no use without WEBHOOK_URL"];
  }
  const problems: string[] = [];
  if (WEBHOOK_SECRET === undefined) problems.push("WEBHOOK_SECRET is required with WEBHOOK_URL");
  const { protocol, hostname } = new URL(WEBHOOK_URL);
  // Telegram's own server takes https only; one on this machine or network may take http.
  if (protocol === "http:" && TELEGRAM_API_ROOT === undefined && !isLoopback(hostname)) {
    problems.push(
      "WEBHOOK_URL must start with https://, unless TELEGRAM_API_ROOT names a server of your own",
    );
  }
  return problems;
}

function redisProblems({ REDIS_URL, MONGODB_URI, TELEGRAM_BOT_TOKEN }: SettingValues): string[] {
  if (REDIS_URL === undefined) return [];
  return [
    ...(MONGODB_URI === undefined
      ? [
          "REDIS_URL needs MONGODB_URI: several instances share a MongoDB, not the embedded database of one of them",
        ]
      : []),
    ...(TELEGRAM_BOT_TOKEN === undefined
      ? [
          "REDIS_URL needs TELEGRAM_BOT_TOKEN: several instances are one bot; `npm run instances` tries them out",
        ]
      : []),
  ];
}

function toConfig(settings: SettingValues): Config {
  const secretNames = (Object.keys(SETTINGS) as SettingName[]).filter((name) => "secret" in SETTINGS[name]);
  return {
    telegram: {
      token: settings.TELEGRAM_BOT_TOKEN,
      apiRoot: settings.TELEGRAM_API_ROOT,
      webhook:
        settings.WEBHOOK_URL === undefined
          ? undefined
          : { url: settings.WEBHOOK_URL, secret: settings.WEBHOOK_SECRET ?? "" },
    },
    models: modelsOf(settings),
    embeddings: embeddingsOf(settings),
    firstWordMs: settings.MODEL_FIRST_WORD_MS,
    mongodb: {
      uri: settings.MONGODB_URI,
      database: settings.MONGODB_DB ?? databaseIn(settings.MONGODB_URI) ?? DEFAULT_DATABASE,
      maxPoolSize: settings.MONGODB_MAX_POOL,
      minPoolSize: settings.MONGODB_MIN_POOL,
    },
    redis: settings.REDIS_URL === undefined ? undefined : { url: settings.REDIS_URL },
    folders: { data: settings.DATA_DIR, content: settings.CONTENT_DIR, media: settings.MEDIA_DIR },
    maxConcurrentChats: settings.MAX_CONCURRENT_CHATS,
    performance: {
      mode: settings.PERFORMANCE,
      slowOperationMs: settings.SLOW_OPERATION_MS,
      slowAnswerMs: settings.SLOW_ANSWER_MS,
      retentionDays: settings.PERFORMANCE_RETENTION_DAYS,
    },
    http: {
      host: settings.HTTP_HOST,
      port: settings.HTTP_PORT,
      dashboardToken: settings.DASHBOARD_TOKEN,
      trustedProxies: settings.TRUSTED_PROXIES,
    },
    operators: { userIds: settings.ADMIN_USER_IDS, chatId: settings.OPERATORS_CHAT_ID },
    allowedUserIds: settings.ALLOWED_USER_IDS,
    proxies: {
      httpsProxy: settings.HTTPS_PROXY,
      httpProxy: settings.HTTP_PROXY,
      noProxy: settings.NO_PROXY,
    },
    backupPassphrase: settings.BACKUP_PASSPHRASE,
    logging: { level: settings.LOG_LEVEL, format: settings.LOG_FORMAT },
    telemetryUrl: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
    secrets: secretNames.flatMap((name) =>
      settings[name] === undefined ? [] : secretsIn(String(settings[name])),
    ),
  };
}

/**
 * The database that an address names for the bot, if any: between the hosts' slash and the options. An @ in it is part of
 * a password with a slash, which the driver refuses with a hint.
 */
function databaseIn(uri: string | undefined): string | undefined {
  const name = /^mongodb(?:\+srv)?:\/\/[^/]*\/([^/?#]+)/.exec(uri ?? "")?.[1];
  return name === undefined || name.includes("@") || SYSTEM_DATABASES.includes(name) ? undefined : name;
}

/** A secret value, and its password if it is a URL. */
function secretsIn(value: string): string[] {
  const password = /^\w[\w+]*:\/\/[^:@/]*:([^@/]+)@/.exec(value)?.[1];
  return password === undefined ? [value] : [value, password];
}
