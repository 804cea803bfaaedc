import type { Askable } from "../../answers/index.ts";
import type { TextKey } from "../../content/index.ts";
import type { FileProblem, IncomingFiles, ReceivedFiles } from "../../media/index.ts";
import type { ConversationStore } from "../../store/index.ts";
import type { Message } from "../../telegram/index.ts";
import type { Limits } from "../admission/limits.ts";
import type { Exchange } from "../exchange.ts";
import type { Feature, Turn } from "../feature.ts";
import { withoutMention, wordsOf } from "../incoming/addressing.ts";
import type { Bot } from "../incoming/incoming.ts";
import type { ConversationAnswers, ConversationContent } from "../ports.ts";
import type { Reply } from "../replies.ts";
import { type ActiveQuestions, questionRef } from "./active-questions.ts";
import type { AskedQuestion, AskQuestion } from "./asking.ts";
import { withComment } from "./forwards.ts";
import { contextOf, repliedPersonsMessage } from "./quoted-message.ts";

export interface MediaQuestionDeps {
  bot: Bot;
  content: ConversationContent;
  conversations: ConversationStore;
  files: Pick<IncomingFiles, "receive">;
  activeQuestions: Pick<ActiveQuestions, "begin">;
  ask: AskQuestion;
  answers: Pick<ConversationAnswers, "askable">;
  limits: Pick<Limits, "isOverBudget">;
}

/** The question for a file without a caption. */
const QUESTIONS = {
  photo: "media.about_photo",
  voice: "media.about_voice",
  audio: "media.about_audio",
  video: "media.about_video",
  video_note: "media.about_video",
  document: "media.about_document",
} as const satisfies Record<string, TextKey>;

const PROBLEMS = {
  "too-large": "media.too_large",
  unsupported: "media.unsupported",
  gone: "media.gone",
} as const satisfies Record<FileProblem, TextKey>;

/** A file of a message. */
interface SentFile {
  kind: keyof typeof QUESTIONS;
  fileId: string;
  /** As Telegram or the sender's app says; the file itself decides later. */
  mimeType: string;
}

/** What a file that is not opened is answered with. */
const NOT_READ = {
  "no-model": "media.no_model",
  "under-18": "media.under_18",
  "person-budget": "media.person_budget",
  "files-not-read": "media.not_read",
} as const satisfies Record<Exclude<Askable, "model">, TextKey>;

/** Answers questions that are asked with pictures, voice messages, videos and documents. */
export function createMediaQuestions(deps: MediaQuestionDeps): Required<Pick<Feature, "messages">> {
  const { bot, content, conversations, files, activeQuestions, ask, answers, limits } = deps;

  async function askableWith(exchange: Exchange, mimeTypes: readonly string[]): Promise<Askable> {
    const isOverBudget = await limits.isOverBudget(exchange);
    return answers.askable({ ageGroup: exchange.person?.ageGroup, isOverBudget, mimeTypes });
  }

  function say({ language }: Exchange, key: TextKey): Reply {
    return { markdown: content.translate(language, key, { limit: content.bot.limits.incomingFileMb }) };
  }

  /** Answers what was written with files that nobody reads: the library reads only text, as do many models. */
  async function askWithout(
    exchange: Exchange,
    asked: AskedQuestion,
    turn: Turn,
    reason: keyof typeof NOT_READ,
  ): Promise<Reply[]> {
    const why = say(exchange, NOT_READ[reason]);
    return asked.text === "" ? [why] : [...(await ask(exchange, asked, turn)), why];
  }

  async function askWith(
    exchange: Exchange,
    sent: readonly SentFile[],
    asked: AskedQuestion,
    turn: Turn,
  ): Promise<Reply[]> {
    const fileIds = sent.map(({ fileId }) => fileId);
    const received = await receive(exchange, fileIds, turn);
    if (received === "withdrawn") return ask(exchange, asked, turn); // which says so
    try {
      const [problem] = received.problems;
      if (received.files.length === 0) return [say(exchange, PROBLEMS[problem ?? "gone"])];
      const types = received.files.map(({ mimeType }) => mimeType);
      const state = await askableWith(exchange, types);
      if (state !== "model") return askWithout(exchange, asked, turn, state);
      const replies = await ask(exchange, { ...asked, attachments: received.files }, turn);
      return problem ? [...replies, say(exchange, "media.some_left_out")] : replies;
    } finally {
      await received.remove();
    }
  }

  /** Fetches files; the question may be withdrawn meanwhile. */
  async function receive(
    exchange: Exchange,
    fileIds: readonly string[],
    turn: Turn,
  ): Promise<ReceivedFiles | "withdrawn"> {
    const active = activeQuestions.begin(questionRef(exchange, turn.parts), turn.signal);
    try {
      active.signal.throwIfAborted();
      // A slow download must not hold up other chats.
      return await turn.whileWaiting(() => files.receive(fileIds, active.signal));
    } catch (error) {
      if (!active.signal.aborted || turn.signal.aborted) throw error;
      return "withdrawn";
    } finally {
      active.end();
    }
  }

  /** The files of a message, or the file of the message it replies to. */
  function filesOf(message: Message, parts: readonly Message[]): SentFile[] {
    const limitMb = content.bot.limits.incomingFileMb;
    const own = parts.flatMap((part) => fileOf(part, limitMb) ?? []);
    const replied = repliedPersonsMessage(message, bot);
    const file = own.length === 0 && replied ? fileOf(replied, limitMb) : null;
    return file ? [file] : own;
  }

  return {
    async messages(exchange, message, turn) {
      const sent = filesOf(message, turn.parts);
      const [first] = sent;
      if (!first) return null;
      const caption = withoutMention(wordsOf(message), bot);
      const written = { text: caption, ...contextOf(message, caption, bot) };
      const { text: words, ...context } = await withComment(conversations, exchange, message, written);
      const types = sent.map(({ mimeType }) => mimeType).filter((type) => type !== UNKNOWN_TYPE);
      const state = await askableWith(exchange, types);
      if (state !== "model") return askWithout(exchange, { text: words, ...context }, turn, state);
      const text = words === "" ? content.translate(exchange.language, QUESTIONS[first.kind]) : words;
      const asked = { text, ...context };
      // Answered before a crash: the answer is stored, and the files may be gone.
      if (await conversations.reply(exchange.seq)) return ask(exchange, asked, turn);
      return askWith(exchange, sent, asked, turn);
    },
  };
}

/** The file of a message that a question can be about. An animation is none, though it comes as a document too. */
function fileOf(message: Message, limitMb: number): SentFile | null {
  if (message.animation) return null;
  if (message.photo) {
    const sizes = message.photo.toSorted((a, b) => b.width * b.height - a.width * a.height);
    const size = sizes.find(({ file_size = 0 }) => file_size <= limitMb * 1024 * 1024) ?? sizes.at(-1);
    return size ? { kind: "photo", fileId: size.file_id, mimeType: "image/jpeg" } : null;
  }
  for (const kind of ["voice", "audio", "video", "video_note", "document"] as const) {
    const file = message[kind];
    if (file) return { kind, fileId: file.file_id, mimeType: mimeTypeOf(kind, file) };
  }
  return null;
}

/** Says nothing: the type is read from the content once the file is here. */
const UNKNOWN_TYPE = "application/octet-stream";

/** The types that Telegram's apps record in, where no type is given. */
const USUAL_TYPES = {
  voice: "audio/ogg",
  audio: "audio/mpeg",
  video: "video/mp4",
  video_note: "video/mp4",
  document: UNKNOWN_TYPE,
} as const;

function mimeTypeOf(kind: keyof typeof USUAL_TYPES, file: object): string {
  const { mime_type: type } = file as { mime_type?: string };
  return type ?? USUAL_TYPES[kind];
}
