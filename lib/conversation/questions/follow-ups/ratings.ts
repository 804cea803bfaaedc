import type { TextKey } from "../../../content/index.ts";
import type { Clock } from "../../../core/index.ts";
import type {
  FeedbackRecord,
  FeedbackStore,
  PeopleStore,
  PersonalHistoryStore,
  Rating,
} from "../../../store/index.ts";
import type { InlineKeyboardMarkup } from "../../../telegram/index.ts";
import type { ChatMoves } from "../../chat-moves.ts";
import type { Exchange } from "../../exchange.ts";
import type { Feature, Press } from "../../feature.ts";
import type { ConversationAnswers, ConversationContent, ConversationTelegram } from "../../ports.ts";
import type { Reply } from "../../replies.ts";

export interface RatingsDeps {
  content: ConversationContent;
  feedback: FeedbackStore;
  people: PeopleStore;
  personalHistory: Pick<PersonalHistoryStore, "answerTo">;
  moves: Pick<ChatMoves, "chatKeyOf">;
  telegram: Pick<ConversationTelegram, "record">;
  answers: Pick<ConversationAnswers, "reject">;
  clock: Clock;
}

/** Asks what people think of answers, and stores what they say. */
export interface Ratings extends Feature {
  /** The thumbs below an answer; undefined if the operator wants none. */
  thumbs(exchange: Exchange): InlineKeyboardMarkup | undefined;
}

const THUMBS = { up: "👍", down: "👎" } as const;
const LEVELS: readonly Rating[] = [1, 2, 3, 4];
const CHOSEN = "✓";
/** A message within this time after the request for a comment is the comment. */
const COMMENT_WITHIN_MINUTES = 15;
const MAX_COMMENT_LENGTH = 2_000;

type Button = InlineKeyboardMarkup["inline_keyboard"][number][number];

export function createRatings(deps: RatingsDeps): Ratings {
  const { content, feedback, people, personalHistory, moves, telegram, answers, clock } = deps;
  const say = (language: string, key: TextKey, values?: Record<string, string>): string =>
    content.translate(language, key, values);

  function whyRow({ language }: Exchange, answerSeq: number): Button[] {
    return [{ text: say(language, "rating.why"), callback_data: `rate:${answerSeq}:why` }];
  }

  function levelRows({ language }: Exchange, answerSeq: number, chosen?: Rating): Button[][] {
    const button = (level: Rating): Button => {
      const label = say(language, `rating.level_${level}`);
      return {
        text: level === chosen ? `${label} ${CHOSEN}` : label,
        callback_data: `rate:${answerSeq}:${level}`,
      };
    };
    return [LEVELS.slice(0, 2).map(button), LEVELS.slice(2).map(button)];
  }

  /** In a group all thumbs are counted; in a private chat the chosen one is marked. */
  async function thumbsNow(exchange: Exchange, answerSeq: number): Promise<Button[][]> {
    if (!exchange.isPrivate) {
      const { up, down } = await feedback.thumbs(answerSeq);
      const counts = { up, down };
      return [
        thumbRow(answerSeq, (thumb) =>
          counts[thumb] > 0 ? `${THUMBS[thumb]} ${counts[thumb]}` : THUMBS[thumb],
        ),
      ];
    }
    const chosen = (await feedback.find(answerSeq, exchange.personId))?.thumb;
    const row = thumbRow(answerSeq, (thumb) =>
      thumb === chosen ? `${THUMBS[thumb]} ${CHOSEN}` : THUMBS[thumb],
    );
    return [row, whyRow(exchange, answerSeq)];
  }

  /** Whether the answer was given in this chat: a modified app can press buttons the bot never sent. */
  async function isTheirs({ isPrivate, personId, chatKey }: Exchange, answerSeq: number): Promise<boolean> {
    const answer = await personalHistory.answerTo(answerSeq);
    if (!answer || moves.chatKeyOf(answer.chatKey) !== chatKey) return false;
    return !isPrivate || answer.telegramUserId === personId;
  }

  function change(
    { seq, personId }: Exchange,
    answerSeq: number,
    part: Pick<FeedbackRecord, "thumb" | "rating" | "comment">,
  ): Promise<void> {
    return feedback.change({ answerSeq, telegramUserId: personId, seq, at: new Date(clock.now()) }, part);
  }

  async function giveThumb(
    exchange: Exchange,
    { messageId }: Press,
    answerSeq: number,
    thumb: "up" | "down",
  ): Promise<Reply[]> {
    await change(exchange, answerSeq, { thumb });
    if (thumb === "down") await reject(answerSeq);
    const { seq, chatKey, chatId } = exchange;
    const reply_markup = { inline_keyboard: await thumbsNow(exchange, answerSeq) };
    const params = { chat_id: chatId, message_id: messageId, reply_markup };
    await telegram.record([{ seq, step: 1, chatKey, chatId, method: "editMessageReplyMarkup", params }]);
    return [];
  }

  /** An answer that somebody found wrong is not given to others, nor to them again. */
  async function reject(answerSeq: number): Promise<void> {
    const answer = await personalHistory.answerTo(answerSeq);
    if (answer?.origin === "model") await answers.reject(answer.text);
  }

  async function rate(exchange: Exchange, { messageId }: Press, answerSeq: number, rating: Rating) {
    await change(exchange, answerSeq, { rating });
    const { language } = exchange;
    const thanks = say(language, "rating.thanks", { rating: say(language, `rating.level_${rating}`) });
    const keyboard = {
      inline_keyboard: [...levelRows(exchange, answerSeq, rating), whyRow(exchange, answerSeq)],
    };
    return [{ markdown: thanks, editsMessage: messageId, keyboard }];
  }

  async function askWhy({ personId, language, at }: Exchange, answerSeq: number): Promise<Reply[]> {
    const until = new Date(at.getTime() + COMMENT_WITHIN_MINUTES * 60_000);
    await people.change(personId, { commentOn: { answerSeq, until } });
    const callback_data = `rate:${answerSeq}:no-comment`;
    const keyboard = { inline_keyboard: [[{ text: say(language, "rating.never_mind"), callback_data }]] };
    const question = say(language, "rating.ask_why", { minutes: String(COMMENT_WITHIN_MINUTES) });
    return [{ markdown: question, keyboard }];
  }

  async function dropComment({ personId, language }: Exchange, { messageId }: Press, answerSeq: number) {
    await people.change(personId, { commentOn: { answerSeq, until: new Date(0) } });
    return [{ markdown: say(language, "rating.no_comment"), editsMessage: messageId }];
  }

  return {
    thumbs({ seq }) {
      if (!content.bot.feedback.thumbs) return undefined;
      return { inline_keyboard: [thumbRow(seq, (thumb) => THUMBS[thumb])] };
    },

    /** Counts the question, and asks for a rating at a milestone. */
    async answered(exchange, turn) {
      if (!exchange.isPrivate) return [];
      turn.afterwards(() => people.countQuestion(exchange.personId, exchange.seq));
      if (!isMilestone(questionsAsked(exchange), content.bot.feedback.milestones)) return [];
      const keyboard = { inline_keyboard: levelRows(exchange, exchange.seq) };
      return [{ markdown: say(exchange.language, "rating.question"), keyboard }];
    },

    presses: {
      async rate(exchange, press) {
        const [, seq, what] = /^(\d+):(up|down|[1-4]|why|no-comment)$/.exec(press.value) ?? [];
        if (seq === undefined) return null;
        const answerSeq = Number(seq);
        if (!(await isTheirs(exchange, answerSeq))) return null;
        if (what === "no-comment") return exchange.isPrivate ? dropComment(exchange, press, answerSeq) : null;
        if (what === "up" || what === "down") return giveThumb(exchange, press, answerSeq, what);
        if (!exchange.isPrivate) return null;
        if (what === "why") return askWhy(exchange, answerSeq);
        const rating = LEVELS.find((level) => level === Number(what));
        return rating === undefined ? null : rate(exchange, press, answerSeq, rating);
      },
    },

    async messages(exchange, { text }, { isInDanger }) {
      const { person, personId, seq, language, isPrivate, at } = exchange;
      const asked = person?.commentOn;
      if (!isPrivate || !asked || text === undefined || isInDanger) return null;
      const isAwaited = asked.usedSeq === undefined && at < asked.until;
      if (!isAwaited && asked.usedSeq !== seq) return null;
      await change(exchange, asked.answerSeq, { comment: text.slice(0, MAX_COMMENT_LENGTH) });
      await people.change(personId, { commentOn: { ...asked, usedSeq: seq } });
      return [{ markdown: say(language, "rating.comment_saved") }];
    },
  };
}

function thumbRow(answerSeq: number, label: (thumb: "up" | "down") => string): Button[] {
  return (["up", "down"] as const).map((thumb) => ({
    text: label(thumb),
    callback_data: `rate:${answerSeq}:${thumb}`,
  }));
}

/** How many questions they asked, including this one, whether or not an earlier attempt counted it. */
function questionsAsked({ person, seq }: Exchange): number {
  const { questions = 0, lastQuestionSeq = 0 } = person ?? {};
  return lastQuestionSeq < seq ? questions + 1 : questions;
}

/** Whether the count is one of the milestones, or the last of them doubled any number of times. */
export function isMilestone(count: number, milestones: readonly number[]): boolean {
  if (count <= 0) return false;
  if (milestones.includes(count)) return true;
  let milestone = milestones.at(-1) ?? 0;
  while (milestone > 0 && milestone < count) milestone *= 2;
  return milestone === count;
}
