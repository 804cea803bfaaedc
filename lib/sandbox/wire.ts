/** The part of the Bot API's objects that the simulated Telegram speaks, named as they travel over HTTP. */

export interface WireUser {
  id: number;
  is_bot: boolean;
  first_name: string;
  username?: string;
  language_code?: string;
}

export interface WireChat {
  id: number;
  type: "private" | "group" | "supergroup";
  title?: string;
  first_name?: string;
  is_forum?: true;
}

/** A format or link within a text; `offset` and `length` count UTF-16 units. */
export interface WireEntity {
  type: string;
  offset: number;
  length: number;
  url?: string;
  user?: WireUser;
  language?: string;
  custom_emoji_id?: string;
}

export interface InlineButton {
  text: string;
  callback_data?: string;
  url?: string;
  copy_text?: { text: string };
  [other: string]: unknown;
}

export interface InlineKeyboard {
  inline_keyboard: InlineButton[][];
}

export interface KeyboardButton {
  text: string;
  [other: string]: unknown;
}

export interface ReplyKeyboard {
  keyboard: KeyboardButton[][];
  resize_keyboard?: boolean;
  one_time_keyboard?: boolean;
  is_persistent?: boolean;
  input_field_placeholder?: string;
}

export interface WireMessage {
  message_id: number;
  message_thread_id?: number;
  is_topic_message?: true;
  from: WireUser;
  chat: WireChat;
  /** Seconds since the epoch, as everywhere in the Bot API. */
  date: number;
  edit_date?: number;
  text: string;
  entities?: WireEntity[];
  reply_to_message?: WireMessage;
  reply_markup?: InlineKeyboard;
  link_preview_options?: Record<string, unknown>;
}

export interface WireUpdate {
  update_id: number;
  [kind: string]: unknown;
}

export interface WireCommand {
  command: string;
  description: string;
}
