import winston from "winston";
import { errorCode } from "./errors.ts";

/** Fields of a log line. Never user text, tokens or keys. */
export type LogFields = Record<string, unknown>;

/** The log levels in use. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}

/** The values of `LOG_LEVEL`. */
export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;

export interface LoggerOptions {
  level: (typeof LOG_LEVELS)[number];
  /** Tokens, keys and passwords, replaced by `[secret]` wherever they appear. */
  secrets: readonly string[];
}

/** A winston logger that writes one line per event to standard error, with all secrets replaced. */
export function createLogger({ level, secrets }: LoggerOptions): Logger {
  const readable = level === "debug" ? withStack : withoutStack;
  return winston.createLogger({
    level,
    format: winston.format.combine(
      winston.format.timestamp(),
      winston.format.printf(({ timestamp, level: at, message, ...fields }) => {
        const details = Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields, readable)}` : "";
        return hideSecrets(`${String(timestamp)} ${at} ${String(message)}${details}`, secrets);
      }),
    ),
    transports: [new winston.transports.Console({ stderrLevels: [...LOG_LEVELS] })],
  });
}

/** A logger that discards everything. */
export const silentLogger: Logger = { error() {}, warn() {}, info() {}, debug() {} };

/** Replaces every secret in a text. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const hidden = secrets.filter((secret) => secret.length > 0);
  return hidden.reduce((shown, secret) => shown.replaceAll(secret, "[secret]"), text);
}

/** Errors are logged with message and code; with the stack only at level `debug`. */
function withoutStack(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { message: value.message, code: errorCode(value) };
}

function withStack(key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { ...(withoutStack(key, value) as object), stack: value.stack };
}
