import { badRequest } from "./api-error.ts";

/** A call's parameters after `decodeParams`. */
export type Params = Readonly<Record<string, unknown>>;

const INTEGERS = new Set(
  "chat_id from_chat_id message_id message_thread_id draft_id offset limit timeout cache_time max_connections duration width height length".split(
    " ",
  ),
);
const FLAGS = new Set(
  "show_alert disable_notification protect_content drop_pending_updates can_stop keep_on_stop is_big has_spoiler show_caption_above_media".split(
    " ",
  ),
);
const OBJECTS = new Set(
  "entities caption_entities reply_markup reply_parameters link_preview_options allowed_updates commands scope media reaction message_ids".split(
    " ",
  ),
);

/**
 * Gives every parameter its type: in a query or a form all are strings, in JSON they may be either. A value that cannot
 * be parsed stays a string, for the method to refuse with Telegram's error.
 */
export function decodeParams(raw: Record<string, unknown>): Params {
  const params: Record<string, unknown> = {};
  for (const key of Object.keys(raw)) params[key] = decode(key, raw[key]);
  return params;
}

function decode(key: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (INTEGERS.has(key)) return /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  if (FLAGS.has(key)) return value === "true" || value === "True" || value === "1";
  return OBJECTS.has(key) ? parseJson(value) : value;
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** An integer; undefined when it is absent or not an integer, which Telegram treats alike. */
export function integer(params: Params, key: string): number | undefined {
  const value = params[key];
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

/** A string; empty when it is absent, as for Telegram. */
export function string(params: Params, key: string): string {
  const value = params[key];
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw badRequest(`field "${key}" must be of type String`);
}

/** Whether a flag is set. */
export function flag(params: Params, key: string): boolean {
  return params[key] === true;
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
