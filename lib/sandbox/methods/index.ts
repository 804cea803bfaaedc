import type { Method } from "../chats/world.ts";
import { deleteMyCommands, getChat, getMe, getMyCommands, setMyCommands } from "./bot.ts";
import {
  editMessageCaption,
  editMessageMedia,
  getFile,
  sendAnimation,
  sendAudio,
  sendDocument,
  sendMediaGroup,
  sendPhoto,
  sendVideo,
  sendVideoNote,
  sendVoice,
} from "./media.ts";
import {
  answerCallbackQuery,
  copyMessage,
  deleteMessage,
  deleteMessages,
  editMessageReplyMarkup,
  editMessageText,
  forwardMessage,
  sendChatAction,
  sendMessage,
  sendMessageDraft,
} from "./messages.ts";
import { setMessageReaction } from "./reactions.ts";
import { deleteWebhook, getUpdates, getWebhookInfo, setWebhook } from "./updates.ts";

/** A method with its name in the Bot API's spelling. */
export interface NamedMethod {
  name: string;
  run: Method;
  /** Whether Telegram's rate limits apply to it. */
  isPaced: boolean;
}

const PACED = {
  sendMessage,
  sendPhoto,
  sendVideo,
  sendAudio,
  sendVoice,
  sendAnimation,
  sendDocument,
  sendVideoNote,
  sendMediaGroup,
  copyMessage,
  forwardMessage,
  editMessageText,
  editMessageCaption,
  editMessageMedia,
  editMessageReplyMarkup,
};
const FREE = {
  getMe,
  getUpdates,
  getWebhookInfo,
  setWebhook,
  deleteWebhook,
  getChat,
  getFile,
  deleteMessage,
  deleteMessages,
  setMessageReaction,
  sendChatAction,
  sendMessageDraft,
  answerCallbackQuery,
  setMyCommands,
  deleteMyCommands,
  getMyCommands,
};

/** Every method by its lower-case name: the Bot API ignores case. */
export const methods: ReadonlyMap<string, NamedMethod> = new Map([
  ...Object.entries(PACED).map(([name, run]) => named(name, run, true)),
  ...Object.entries(FREE).map(([name, run]) => named(name, run, false)),
]);

function named(name: string, run: Method, isPaced: boolean): [string, NamedMethod] {
  return [name.toLowerCase(), { name, run, isPaced }];
}
