import type { Update as AnyUpdate } from "node-telegram-bot-api";

/** The Bot API's own types, for everyone: only this folder imports the library they come from. */
export type {
  BotCommand,
  CallbackQuery,
  Chat,
  InlineKeyboardButton,
  InlineKeyboardMarkup,
  LinkPreviewOptions,
  Message,
  MessageEntity,
  ReplyKeyboardMarkup,
  ReplyKeyboardRemove,
  ReplyParameters,
  User,
} from "node-telegram-bot-api";

type KeyOf<Union> = Union extends unknown ? keyof Union : never;
type ContentKind = Exclude<KeyOf<AnyUpdate>, "update_id">;

/** An update, with every kind of content optional, so that code may ask for the kind it knows. */
export type Update = { update_id: number } & {
  [Kind in ContentKind]?: Extract<AnyUpdate, Record<Kind, unknown>>[Kind];
};
