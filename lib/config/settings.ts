import { isIP } from "node:net";
import * as z from "zod";
import { LOG_FORMATS, LOG_LEVELS } from "../core/index.ts";

const wholeNumber = (text: string): number => (/^-?\d+$/.test(text) ? Number(text) : Number.NaN);
const between = (min: number, max: number) =>
  z
    .string()
    .transform(wholeNumber)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);
const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be an address that starts with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
    );
const oneOf = <const Choices extends readonly [string, ...string[]]>(choices: Choices) =>
  z.enum(choices, `must be one of ${choices.join(", ")}`);
const text = z.string();
/** Such as `llama3.2:3b` or `openai/gpt-oss-20b`. */
const modelName = text.regex(/^[\w.:/@+-]{1,200}$/, "must be a model's name");
/** A list with commas whose entries are among `known`, each once. */
const listOf = <const Known extends readonly [string, ...string[]]>(known: Known, problem: string) =>
  text
    .transform((list) => [...new Set(list.split(",").flatMap((entry) => entry.trim() || []))])
    .pipe(z.array(z.enum(known, problem)));
/** The providers of models, by the prefix of their settings. */
export const PROVIDERS = ["gemini", "openai"] as const;
const providerList = listOf(PROVIDERS, `must name models among ${PROVIDERS.join(", ")}, with commas`);
/** An address, a network with the length of its prefix, or a name that the web server knows for its networks. */
function isProxyAddress(entry: string): boolean {
  if (["loopback", "linklocal", "uniquelocal"].includes(entry)) return true;
  const [, address = "", prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return bits > 0 && Number(prefix ?? bits) <= bits;
}
/** Stricter than MongoDB, which allows 63 bytes: the sandbox adds a suffix. */
export const DATABASE_NAME = /^[\w-]{1,38}$/;
/** A proxy's address; without a scheme, as other programs accept it, it is http. */
const proxyUrl = text
  .transform((address) => (address.includes("://") ? address : `http://${address}`))
  .refine(
    (address) => URL.canParse(address) && /^https?:$/.test(new URL(address).protocol),
    "must be the address of an http or https proxy, such as http://127.0.0.1:3128",
  );

/** Telegram user ids with commas between them. */
const userIds = text
  .transform((list) =>
    list
      .split(",")
      .filter(Boolean)
      .map((id) => wholeNumber(id.trim())),
  )
  .refine((ids) => ids.every((id) => id > 0), "must be Telegram user ids with commas between them");

/**
 * All settings: validation, default as written in the environment, and meaning. Settings without a default are optional.
 */
export const SETTINGS = {
  TELEGRAM_BOT_TOKEN: {
    check: text.regex(/^\d+:[\w-]{20,}$/, "must look like 123456789:AA… as given by @BotFather"),
    meaning: "the bot's token; without it the sandbox starts",
    secret: true,
    otherNames: ["BOT_TOKEN", "TELEGRAM_API_TOKEN", "TELEGRAM_KEY"],
  },
  TELEGRAM_API_ROOT: { check: url(["http:", "https:"]), meaning: "Bot API server, e.g. a local one" },
  WEBHOOK_URL: {
    check: url(["https:", "http:"]),
    meaning: "address at which Telegram calls this bot; without it the bot polls Telegram",
  },
  WEBHOOK_SECRET: {
    check: text.regex(/^[\w-]{16,256}$/, "must be 16 to 256 letters, digits, - or _"),
    meaning: "proves that a call to WEBHOOK_URL is Telegram's; required with it",
    secret: true,
  },
  MODELS: {
    check: providerList,
    meaning: "order in which the models are asked: gemini, openai; those that are set unless given",
  },
  EMBEDDINGS: {
    check: oneOf([...PROVIDERS, "off"]),
    meaning:
      "whose embeddings rank the library: gemini, openai or off; the first model's that has them unless given",
  },
  MODEL_FIRST_WORD_MS: {
    check: between(1_000, 600_000),
    default: "90000",
    meaning: "how long a model may think before its first word",
  },
  GEMINI_API_KEY: {
    check: text.min(1),
    meaning: "key of Google AI Studio; without a model answers come from the library",
    secret: true,
    otherNames: ["GEMINI_TOKEN"],
  },
  GEMINI_BASE_URL: { check: url(["http:", "https:"]), meaning: "Gemini endpoint; Google's unless given" },
  GEMINI_MODEL: {
    check: text.regex(/^[\w.-]+$/, "must be a model's name"),
    default: "gemini-3.8-flash",
    meaning: "Gemini model",
  },
  GEMINI_EMBEDDING_MODEL: {
    check: modelName,
    default: "gemini-embedding-001",
    meaning: "Gemini model for embeddings",
  },
  GEMINI_THINKING_BUDGET: {
    check: between(0, 65_536),
    meaning: "tokens a thinking model may think for; its own default unless given",
  },
  GEMINI_MAX_CONCURRENT: { check: between(1, 1000), default: "8", meaning: "Gemini calls in flight" },
  GEMINI_RPM: { check: between(1, 1_000_000), meaning: "requests a minute to Gemini" },
  GEMINI_TPM: { check: between(1, 1_000_000_000), meaning: "prompt tokens a minute to Gemini" },
  GEMINI_RPD: { check: between(1, 1_000_000_000), meaning: "requests a day to Gemini" },
  OPENAI_BASE_URL: {
    check: url(["http:", "https:"]),
    meaning: "address of an OpenAI-compatible server, e.g. http://127.0.0.1:11434/v1 for Ollama",
  },
  OPENAI_API_KEY: { check: text.min(1), meaning: "its key; none for most servers of your own", secret: true },
  OPENAI_MODEL: { check: modelName, meaning: "its model, e.g. llama3.2; required to use it" },
  OPENAI_EMBEDDING_MODEL: { check: modelName, meaning: "its model for embeddings; none unless given" },
  OPENAI_INPUT: {
    check: listOf(["image", "audio", "pdf"], "must name image, audio or pdf, with commas between them"),
    default: "",
    meaning: "files its model reads besides text: image, audio, pdf",
  },
  OPENAI_REASONING_EFFORT: {
    check: oneOf(["none", "minimal", "low", "medium", "high"]),
    meaning: "how long a thinking model thinks: none, minimal, low, medium or high",
  },
  OPENAI_MAX_CONCURRENT: { check: between(1, 1000), default: "8", meaning: "its calls in flight" },
  OPENAI_RPM: { check: between(1, 1_000_000), meaning: "requests a minute to it" },
  OPENAI_TPM: { check: between(1, 1_000_000_000), meaning: "prompt tokens a minute to it" },
  OPENAI_RPD: { check: between(1, 1_000_000_000), meaning: "requests a day to it" },
  MONGODB_URI: {
    check: text.regex(
      /^mongodb(\+srv)?:\/\/\S+$/,
      "must be an address that starts with mongodb:// or mongodb+srv://",
    ),
    meaning: "database; without it the embedded one starts",
    secret: true,
    otherNames: ["MONGO_URL"],
  },
  MONGODB_DB: {
    check: text.regex(DATABASE_NAME, "must be 1 to 38 letters, digits, - or _"),
    meaning: "database name; else the one in MONGODB_URI, else helpline",
  },
  REDIS_URL: {
    check: url(["redis:", "rediss:"]),
    meaning: "Redis, for several instances of the bot; needs MONGODB_URI",
    secret: true,
  },
  MONGODB_MAX_POOL: { check: between(1, 1000), default: "50", meaning: "connections at most" },
  MONGODB_MIN_POOL: { check: between(0, 1000), default: "10", meaning: "connections kept open" },
  DATA_DIR: { check: text.min(1), default: "data", meaning: "folder of the embedded database" },
  CONTENT_DIR: { check: text.min(1), default: "content", meaning: "folder of what the bot says" },
  MEDIA_DIR: { check: text.min(1), default: "media", meaning: "folder of pictures, sound and files" },
  MAX_CONCURRENT_CHATS: { check: between(1, 10_000), default: "50", meaning: "chats handled concurrently" },
  SLOW_OPERATION_MS: {
    check: between(1, 3_600_000),
    default: "1000",
    meaning: "an operation slower than this is logged",
  },
  SLOW_ANSWER_MS: {
    check: between(1, 3_600_000),
    default: "10000",
    meaning: "an answer slower than this is logged",
  },
  PERFORMANCE: {
    check: oneOf(["off", "counts", "full"]),
    default: "full",
    meaning: "monitor: off, counts or full",
  },
  PERFORMANCE_RETENTION_DAYS: {
    check: between(2, 3650),
    default: "365",
    meaning: "days measurements are kept; finer ones at most 30",
  },
  HTTP_HOST: { check: text.min(1), default: "127.0.0.1", meaning: "address of the web pages" },
  HTTP_PORT: { check: between(0, 65_535), default: "8080", meaning: "port of the web pages" },
  DASHBOARD_TOKEN: {
    check: text.min(16, "must have at least 16 characters"),
    meaning: "required when HTTP_HOST is not loopback",
    secret: true,
  },
  TRUSTED_PROXIES: {
    check: text
      .transform((list) =>
        list
          .split(",")
          .map((entry) => entry.trim())
          .filter(Boolean),
      )
      .refine(
        (entries) => entries.every(isProxyAddress),
        "must be IP addresses, networks such as 10.0.0.0/8, or loopback, with commas between them",
      ),
    default: "",
    meaning: "proxies in front of the web pages, with commas between them",
  },
  ADMIN_USER_IDS: { check: userIds, default: "", meaning: "operators' Telegram user ids" },
  ALLOWED_USER_IDS: {
    check: userIds,
    default: "",
    meaning: "Telegram user ids of the people who may use the bot, beside operators; none: everybody",
  },
  OPERATORS_CHAT_ID: {
    check: text
      .transform(wholeNumber)
      .refine(
        (id) => Number.isSafeInteger(id) && id !== 0,
        "must be a Telegram chat id, such as -1001234567890",
      ),
    meaning: "chat for alerts and hand-overs",
  },
  HTTPS_PROXY: {
    check: proxyUrl,
    meaning: "proxy for Telegram and the models",
    alias: "https_proxy",
    secret: true,
  },
  HTTP_PROXY: {
    check: proxyUrl,
    meaning: "proxy for servers at http addresses",
    alias: "http_proxy",
    secret: true,
  },
  NO_PROXY: {
    check: text,
    default: "",
    meaning: "hosts reached without a proxy, with commas between them",
    alias: "no_proxy",
  },
  BACKUP_PASSPHRASE: {
    check: text.min(12, "must have at least 12 characters"),
    meaning: "backups are encrypted with it",
    secret: true,
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    check: url(["http:", "https:"]),
    meaning: "OpenTelemetry collector for traces and metrics",
  },
  LOG_FORMAT: {
    check: oneOf(LOG_FORMATS),
    default: "text",
    meaning: "text, or json for collectors of logs",
  },
  LOG_LEVEL: { check: oneOf(LOG_LEVELS), default: "info", meaning: `log level: ${LOG_LEVELS.join(", ")}` },
} as const satisfies Record<string, SettingEntry>;

export interface SettingEntry {
  check: z.ZodType<unknown, string>;
  meaning: string;
  default?: string;
  secret?: boolean;
  /** Another name it is read from. */
  alias?: string;
  /** Names that other programs have for the same; a mistake here. */
  otherNames?: readonly string[];
}

export type SettingName = keyof typeof SETTINGS;

/** The checked value of each setting; `undefined` only for those without a default. */
export type SettingValues = {
  [Name in SettingName]: (typeof SETTINGS)[Name] extends { default: string }
    ? z.output<(typeof SETTINGS)[Name]["check"]>
    : z.output<(typeof SETTINGS)[Name]["check"]> | undefined;
};
