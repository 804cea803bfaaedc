import { type BotApiError, badRequest } from "../bot-api/api-error.ts";
import { isObject, type Params } from "../bot-api/params.ts";
import { telegramUrl } from "../bot-api/urls.ts";
import type { InlineButton, InlineKeyboard, KeyboardButton, ReplyKeyboard } from "./wire.ts";

/** Telegram's limit for `callback_data`, in UTF-8 bytes. */
const MAX_CALLBACK_DATA_BYTES = 64;
/** Telegram's limits for the buttons of one keyboard. */
const MAX_INLINE_BUTTONS = 100;
const MAX_KEYBOARD_BUTTONS = 300;

/** A parsed `reply_markup`. */
export type ReplyMarkup =
  | { kind: "none" }
  | { kind: "inline"; keyboard: InlineKeyboard }
  | { kind: "keyboard"; keyboard: ReplyKeyboard }
  | { kind: "remove" }
  | { kind: "force-reply" };

const ACTIONS =
  "callback_data url web_app login_url copy_text pay callback_game disabled switch_inline_query switch_inline_query_current_chat switch_inline_query_chosen_chat".split(
    " ",
  );

/** Parses `reply_markup`. @throws BotApiError as Telegram does. */
export function readReplyMarkup(params: Params): ReplyMarkup {
  const value = params.reply_markup;
  if (value === undefined || value === null || value === "") return { kind: "none" };
  if (typeof value === "string") throw badRequest("can't parse reply keyboard markup JSON object");
  if (!isObject(value)) throw badRequest("object expected as reply markup");
  if ("inline_keyboard" in value) return inlineMarkup(value.inline_keyboard);
  if ("keyboard" in value) return keyboardMarkup(value);
  if (value.remove_keyboard === true) return { kind: "remove" };
  return value.force_reply === true ? { kind: "force-reply" } : { kind: "none" };
}

/** Parses the inline keyboard of an edit, the only markup an edited message may have. */
export function readInlineKeyboard(params: Params): InlineKeyboard | undefined {
  const markup = readReplyMarkup(params);
  if (markup.kind === "none") return undefined;
  if (markup.kind !== "inline") throw badRequest("inline keyboard expected");
  return markup.keyboard;
}

function inlineMarkup(value: unknown): ReplyMarkup {
  const rows = readRows(value, "inline_keyboard", inlineButton);
  if (rows.flat().length > MAX_INLINE_BUTTONS) throw badRequest("reply markup is too long");
  return rows.length > 0 ? { kind: "inline", keyboard: { inline_keyboard: rows } } : { kind: "none" };
}

function inlineButton(value: unknown): InlineButton {
  if (!isObject(value)) throw refuseButton("InlineKeyboardButton must be an Object");
  if (typeof value.text !== "string") throw refuseButton('Can\'t find field "text"');
  const given = ACTIONS.filter((action) => value[action] !== undefined && value[action] !== "");
  if (given.length === 0) throw refuseButton("Text buttons are unallowed in the inline keyboard");
  const button: InlineButton = { ...value, text: value.text };
  if (value.text.trim() === "") throw badRequest("inline keyboard button text is empty");
  if (typeof value.url === "string") button.url = telegramUrl(value.url, "inline keyboard button URL");
  const { callback_data: data } = value;
  if (data === undefined) return button;
  if (typeof data !== "string") throw refuseButton('Field "callback_data" must be of type String');
  if (Buffer.byteLength(data) > MAX_CALLBACK_DATA_BYTES) throw badRequest("BUTTON_DATA_INVALID");
  return button;
}

function refuseButton(reason: string): BotApiError {
  return badRequest(`can't parse inline keyboard button: ${reason}`);
}

function keyboardMarkup(value: Record<string, unknown>): ReplyMarkup {
  const rows = readRows(value.keyboard, "keyboard", keyboardButton);
  const buttons = rows.flat();
  if (buttons.length === 0 || buttons.length > MAX_KEYBOARD_BUTTONS) {
    throw badRequest(buttons.length === 0 ? "reply keyboard is empty" : "reply markup is too long");
  }
  const placeholder = value.input_field_placeholder;
  return {
    kind: "keyboard",
    keyboard: {
      keyboard: rows,
      resize_keyboard: value.resize_keyboard === true,
      one_time_keyboard: value.one_time_keyboard === true,
      is_persistent: value.is_persistent === true,
      ...(typeof placeholder === "string" && placeholder !== ""
        ? { input_field_placeholder: placeholder }
        : {}),
    },
  };
}

function keyboardButton(value: unknown): KeyboardButton {
  if (typeof value === "string") return keyboardButton({ text: value });
  if (!isObject(value)) throw badRequest("can't parse keyboard button: KeyboardButton must be an Object");
  if (typeof value.text !== "string") {
    throw badRequest("can't parse keyboard button: Can't find field \"text\"");
  }
  if (value.text.trim() === "") throw badRequest("keyboard button text must be non-empty");
  return { ...value, text: value.text };
}

function readRows<Button>(value: unknown, field: string, read: (value: unknown) => Button): Button[][] {
  if (!Array.isArray(value)) throw badRequest(`field "${field}" must be of type Array`);
  return value
    .map((row: unknown) => {
      if (!Array.isArray(row)) throw badRequest(`field "${field}" must be an Array of Arrays`);
      return row.map(read);
    })
    .filter((row) => row.length > 0);
}
