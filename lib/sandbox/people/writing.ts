import { AppError } from "../../core/index.ts";
import { formatText, MAX_CAPTION_LENGTH, MAX_TEXT_LENGTH } from "../chats/text.ts";
import type { WireMessage } from "../chats/wire.ts";
import type { World } from "../chats/world.ts";
import type { FileKind, Upload } from "../files/files.ts";
import { mayHaveCaption, uploadContent } from "../files/media-content.ts";
import { type Actor, only, unknown } from "./actor.ts";
import type { People, SandboxFile } from "./people.ts";

type Writing = Pick<
  People,
  "sendText" | "sendFiles" | "sendLocation" | "sendContact" | "sendSticker" | "sendDice" | "editMessage"
>;

/** Telegram's limit for an album. */
const MAX_ALBUM = 10;
const DIE_FACES = 6;

/** A person's file that has arrived. */
interface Received {
  kind: FileKind;
  caption: Partial<WireMessage>;
  upload: Upload;
}

/** The actions that send and edit messages. */
export function createWriting(world: World, actor: Actor): Writing {
  const { chats, events, files } = world;

  /** Receives files one after the other. When one fails, those before it are dropped. */
  async function receive(sent: Iterable<SandboxFile> | AsyncIterable<SandboxFile>): Promise<Received[]> {
    const received: Received[] = [];
    try {
      for await (const { kind, name = "file", mimeType = "", content, caption: words = "" } of sent) {
        if (received.length === MAX_ALBUM) throw albumError();
        const caption = checkedCaption(words);
        received.push({ kind, caption, upload: await files.receive(name, mimeType, asStream(content)) });
      }
      if (received.length === 0) throw albumError();
      return received;
    } catch (error) {
      for (const { upload } of received) await files.drop(upload);
      throw error;
    }
  }

  /** The contents of the messages that show the files. When one is refused, all are dropped. */
  async function showOrDrop(received: readonly Received[]) {
    const album = received.length > 1 ? { media_group_id: chats.nextAlbumId() } : {};
    try {
      const shown = received.map(({ kind, upload }) => uploadContent(world, upload, kind));
      const contents = shown.map(({ content }, index) => ({
        ...album,
        ...content,
        ...received[index]?.caption,
      }));
      return { contents, entries: shown.flatMap(({ entries }) => entries) };
    } catch (error) {
      for (const { upload } of received) await files.drop(upload);
      throw error;
    }
  }

  return {
    async sendText(person, text, options = {}) {
      return only(await actor.say(person, [checkedText(text)], options));
    },

    async sendFiles(person, sent, options = {}) {
      const received = await receive(sent);
      const { contents, entries } = await showOrDrop(received);
      return actor.say(person, contents, options, entries);
    },

    async sendLocation(person, location, options = {}) {
      return only(await actor.say(person, [{ location }], options));
    },

    async sendContact(person, contact, options = {}) {
      const { user } = actor.remember(person);
      const own = { phone_number: `+1555${user.id}`, first_name: user.first_name, user_id: user.id };
      return only(await actor.say(person, [{ contact: contact ?? own }], options));
    },

    async sendSticker(person, emoji, options = {}) {
      const ids = { file_id: `CAACAgIAAxk${emoji}`, file_unique_id: `AgAD${emoji}` };
      const sticker = { ...ids, type: "regular" as const, width: 512, height: 512, emoji };
      return only(await actor.say(person, [{ sticker }], options));
    },

    async sendDice(person, value = 1 + (actor.seconds() % DIE_FACES), options = {}) {
      return only(await actor.say(person, [{ dice: { emoji: "🎲", value } }], options));
    },

    async editMessage(userId, chatId, messageId, text) {
      const message = chats.message(chatId, messageId);
      if (message?.from.id !== userId) throw unknown(`message ${messageId} of person ${userId}`);
      const edited = { ...rewritten(message, text), edit_date: actor.seconds() };
      const entries = chats.putMessage(edited);
      events.emit({ type: "edited", chatId, message: edited });
      return { updateId: await actor.queueIfWanted("edited_message", edited, entries), messageId };
    },
  };
}

function albumError(): AppError {
  return new AppError("an album has 1 to 10 files", { code: "SANDBOX_ALBUM" });
}

function rewritten(message: WireMessage, text: string): WireMessage {
  const {
    text: _text,
    entities: _entities,
    caption: _caption,
    caption_entities: _formats,
    ...rest
  } = message;
  if (message.text !== undefined) return { ...rest, ...checkedText(text) };
  if (mayHaveCaption(message)) return { ...rest, ...checkedCaption(text) };
  throw unknown(`text in message ${message.message_id}`);
}

function checkedText(text: string): Partial<WireMessage> {
  const content = formatText(text, []);
  if (content.text === "" || content.text.length > MAX_TEXT_LENGTH) {
    throw new AppError("a message has 1 to 4096 characters", { code: "SANDBOX_TEXT_LENGTH" });
  }
  return content;
}

function checkedCaption(raw: string): Partial<WireMessage> {
  const { text, entities } = formatText(raw, []);
  if (text.length > MAX_CAPTION_LENGTH) {
    throw new AppError("a caption has at most 1024 characters", { code: "SANDBOX_CAPTION_LENGTH" });
  }
  return text === "" ? {} : { caption: text, ...(entities ? { caption_entities: entities } : {}) };
}

async function* asStream(content: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (content instanceof Uint8Array) yield content;
  else yield* content;
}
