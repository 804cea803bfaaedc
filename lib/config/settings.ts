import * as z from "zod";
import { LOG_LEVELS } from "../core/index.ts";

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
/** Stricter than MongoDB, which allows 63 bytes: the sandbox adds a suffix. */
export const DATABASE_NAME = /^[\w-]{1,38}$/;
/** A proxy's address; without a scheme, as other programs accept it, it is http. */
const proxyUrl = text
  .transform((address) => (address.includes("://") ? address : `http://${address}`))
  .refine(
    (address) => URL.canParse(address) && /^https?:$/.test(new URL(address).protocol),
    "must be the address of an http or https proxy, such as http://127.0.0.1:3128",
  );

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
  GEMINI_API_KEY: {
    check: text.min(1),
    meaning: "key; without it answers come from the library",
    secret: true,
    otherNames: ["GEMINI_TOKEN"],
  },
  GEMINI_BASE_URL: { check: url(["http:", "https:"]), meaning: "Gemini endpoint" },
  GEMINI_MODEL: {
    check: text.regex(/^[\w.-]+$/, "must be a model's name"),
    default: "gemini-3.8-flash",
    meaning: "model",
  },
  GEMINI_MAX_CONCURRENT: { check: between(1, 1000), default: "8", meaning: "Gemini calls in flight" },
  GEMINI_RPM: { check: between(1, 1_000_000), meaning: "requests a minute" },
  GEMINI_TPM: { check: between(1, 1_000_000_000), meaning: "tokens a minute" },
  GEMINI_RPD: { check: between(1, 1_000_000_000), meaning: "requests a day" },
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
  ADMIN_USER_IDS: {
    check: text
      .transform((list) =>
        list
          .split(",")
          .filter(Boolean)
          .map((id) => wholeNumber(id.trim())),
      )
      .refine((ids) => ids.every((id) => id > 0), "must be Telegram user ids with commas between them"),
    default: "",
    meaning: "operators' Telegram user ids",
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
