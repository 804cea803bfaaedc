import type { MessageRecord, PersonalHistoryStore } from "../../store/index.ts";
import type { Exchange } from "../exchange.ts";
import type { Commands, Feature } from "../feature.ts";
import { escapeMarkdown } from "../plain-text.ts";
import type { ConversationContent, ConversationTelegram } from "../ports.ts";
import type { Reply } from "../replies.ts";

export interface HistoryDeps {
  content: ConversationContent;
  personalHistory: PersonalHistoryStore;
  telegram: Pick<ConversationTelegram, "format">;
}

/** A page fits into one message (4096 UTF-16 units) even if every character has to be escaped. */
const PAGE_LENGTH = 5;
const MAX_QUESTION_LENGTH = 120;
const MAX_ANSWER_LENGTH = 250;

/** `/history`: a person's questions and answers, page by page, in private chats only. */
export function createHistory({
  content,
  personalHistory,
  telegram,
}: HistoryDeps): Feature & Commands<"history"> {
  async function page(exchange: Exchange, wanted: number): Promise<Omit<Reply, "editsMessage">> {
    const { personId, language } = exchange;
    const count = await personalHistory.count(personId);
    if (count === 0) return { markdown: content.translate(language, "history.empty") };
    const pages = Math.ceil(count / PAGE_LENGTH);
    const number = Math.min(Math.max(1, wanted), pages);
    const questions = await personalHistory.questions(personId, (number - 1) * PAGE_LENGTH, PAGE_LENGTH);
    const replies = await Promise.all(questions.map((question) => personalHistory.reply(question)));
    const turns = questions.map((question, index) => turnMarkdown(question, replies[index]?.text));
    const title =
      pages === 1
        ? content.translate(language, "history.title")
        : content.translate(language, "history.page", { page: number, pages });
    return {
      markdown: [title, ...turns].join("\n\n"),
      keyboard: { inline_keyboard: [pageButtons(language, number, pages)] },
    };
  }

  function turnMarkdown({ text, at }: MessageRecord, answer: string | undefined): string {
    const question = `**${day(at)}** ${escapeMarkdown(shortened(text, MAX_QUESTION_LENGTH))}`;
    if (answer === undefined || answer === "") return question;
    const plain = telegram.format(answer).map((piece) => piece.text);
    return `${question}\n→ ${escapeMarkdown(shortened(plain.join(" "), MAX_ANSWER_LENGTH))}`;
  }

  function pageButtons(language: string, number: number, pages: number) {
    const button = (key: "history.newer" | "history.older", to: number) => ({
      text: content.translate(language, key),
      callback_data: `history:${to}`,
    });
    return [
      ...(number > 1 ? [button("history.newer", number - 1)] : []),
      ...(number < pages ? [button("history.older", number + 1)] : []),
    ];
  }

  return {
    commands: {
      async history(exchange) {
        if (exchange.isPrivate) return [await page(exchange, 1)];
        return [{ markdown: content.translate(exchange.language, "own_data.private") }];
      },
    },
    presses: {
      async history(exchange, { value, messageId }) {
        if (!exchange.isPrivate || !/^\d{1,9}$/.test(value)) return null;
        return [{ ...(await page(exchange, Number(value))), editsMessage: messageId }];
      },
    },
  };
}

/** The day in UTC, such as 2026-11-22. */
function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}

function shortened(text: string, maxLength: number): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  if (line.length <= maxLength) return line;
  const whole = line.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, ""); // no half of a surrogate pair
  return `${whole.trimEnd()}…`;
}
