import type { Update as AnyUpdate } from "node-telegram-bot-api";

/** The Bot API's types. Other rooms import them from here: only this one imports the library. */
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

/** An update with every kind of content optional, so that `update.message` needs no narrowing first. */
export type Update = { update_id: number } & {
  [Kind in ContentKind]?: Extract<AnyUpdate, Record<Kind, unknown>>[Kind];
};
