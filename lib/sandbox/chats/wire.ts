/**
 * The part of the Bot API's objects that the simulated Telegram knows, as they are sent over HTTP. Declared here and not
 * taken from the client: the simulation must not share the client's idea of the protocol that it tests.
 */

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

/** A format or link in a text; `offset` and `length` are in UTF-16 units. */
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
  request_contact?: boolean;
  request_location?: boolean;
  [other: string]: unknown;
}

export interface ReplyKeyboard {
  keyboard: KeyboardButton[][];
  resize_keyboard?: boolean;
  one_time_keyboard?: boolean;
  is_persistent?: boolean;
  input_field_placeholder?: string;
}

export interface WireFile {
  file_id: string;
  file_unique_id: string;
  file_size?: number;
}

export interface WirePhotoSize extends WireFile {
  width: number;
  height: number;
}

/** A video, sound or document; its kind decides which of the fields it has, as in the Bot API. */
export interface WireMedia extends WireFile {
  file_name?: string;
  mime_type?: string;
  duration?: number;
  width?: number;
  height?: number;
  /** The diameter of a video note. */
  length?: number;
  performer?: string;
  title?: string;
}

export interface WireLocation {
  latitude: number;
  longitude: number;
}

export interface WireContact {
  phone_number: string;
  first_name: string;
  last_name?: string;
  user_id?: number;
}

/** The origin of a forwarded message. */
export interface WireOrigin {
  type: "user" | "hidden_user";
  date: number;
  sender_user?: WireUser;
  sender_user_name?: string;
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
  text?: string;
  entities?: WireEntity[];
  caption?: string;
  caption_entities?: WireEntity[];
  show_caption_above_media?: true;
  has_media_spoiler?: true;
  /** The same for all messages of an album. */
  media_group_id?: string;
  /** The same picture in several sizes, the largest last. */
  photo?: WirePhotoSize[];
  video?: WireMedia;
  audio?: WireMedia;
  voice?: WireMedia;
  /** The message has a `document` with the same file as well. */
  animation?: WireMedia;
  document?: WireMedia;
  video_note?: WireMedia;
  location?: WireLocation;
  contact?: WireContact;
  sticker?: WireFile & { type: "regular"; width: number; height: number; emoji: string };
  dice?: { emoji: string; value: number };
  forward_origin?: WireOrigin;
  new_chat_members?: WireUser[];
  migrate_to_chat_id?: number;
  migrate_from_chat_id?: number;
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
