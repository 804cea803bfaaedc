import winston from "winston";
import { errorCode } from "./errors.ts";

/** Fields of a log line. Never text a person wrote, a token or a key. */
export type LogFields = Record<string, unknown>;

/** The few levels the program logs at. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}

/** The levels an operator may ask for. */
export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;

export interface LoggerOptions {
  level: (typeof LOG_LEVELS)[number];
  /** Secrets (tokens, keys, passwords) that are replaced by `[secret]` wherever they appear in a line. */
  secrets: readonly string[];
}

/** A winston logger that writes one line per event to standard error, with every secret taken out. */
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

/** A logger that says nothing. */
export const silentLogger: Logger = { error() {}, warn() {}, info() {}, debug() {} };

/** The text with every secret taken out. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const hidden = secrets.filter((secret) => secret.length > 0);
  return hidden.reduce((shown, secret) => shown.replaceAll(secret, "[secret]"), text);
}

/** An error becomes its message and code; where it came from is for debugging. */
function withoutStack(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { message: value.message, code: errorCode(value) };
}

function withStack(key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { ...(withoutStack(key, value) as object), stack: value.stack };
}
