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

/** The values of `LOG_FORMAT`. */
export const LOG_FORMATS = ["text", "json"] as const;

export interface LoggerOptions {
  level: (typeof LOG_LEVELS)[number];
  /** `text` for people, `json` for collectors of logs; by default text. */
  format?: (typeof LOG_FORMATS)[number];
  /** Tokens, keys and passwords, replaced by `[secret]` wherever they appear. */
  secrets: readonly string[];
  /** Fields of every line, such as the trace it belongs to; those of the line itself come before them. */
  context?: () => LogFields | null;
}

/** A winston logger that writes one line per event to standard error, with all secrets replaced. */
export function createLogger({
  level,
  format = "text",
  secrets,
  context = () => null,
}: LoggerOptions): Logger {
  const readable = level === "debug" ? withStack : withoutStack;
  const hidden = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return winston.createLogger({
    level,
    format: winston.format.combine(
      winston.format.timestamp(),
      winston.format.printf(({ timestamp, level: at, message, ...own }) => {
        const fields = { ...context(), ...own };
        const line =
          format === "json"
            ? JSON.stringify({ time: timestamp, level: at, message, ...fields }, readable)
            : `${String(timestamp)} ${at} ${String(message)}${details(fields, readable)}`;
        return hideSecrets(line, hidden);
      }),
    ),
    transports: [new winston.transports.Console({ stderrLevels: [...LOG_LEVELS] })],
  });
}

function details(fields: LogFields, readable: (key: string, value: unknown) => unknown): string {
  return Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields, readable)}` : "";
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
