import type { Clock } from "../../../core/index.ts";
import { type ConversationStore, type MessageRecord, messageId } from "../../../store/index.ts";
import type { InlineKeyboardMarkup } from "../../../telegram/index.ts";
import type { ChatMoves } from "../../chat-moves.ts";
import type { Exchange } from "../../exchange.ts";
import type { Feature } from "../../feature.ts";
import type { ConversationAnswers, ConversationContent } from "../../ports.ts";
import type { Erasures } from "../../privacy/erasures.ts";
import type { Reply } from "../../replies.ts";
import { answerMarkdown, type KeptAnswer, keptAnswer, mediaReplies } from "../answer-text.ts";

export interface LibraryChoiceDeps {
  content: ConversationContent;
  conversations: Pick<ConversationStore, "reply" | "addMessage" | "markUnanswered">;
  answers: Pick<ConversationAnswers, "passage">;
  erasures: Pick<Erasures, "isErased">;
  moves: Pick<ChatMoves, "chatKeyOf">;
  /** What is shown below an answer, and below a text without one. */
  buttonsBelow(exchange: Exchange, kind: "answer" | "notice"): InlineKeyboardMarkup | undefined;
  clock: Clock;
}

/** The button below all choices. */
const NONE = "none";

/** The buttons of the pages a reply offers, one a row; undefined for other replies. */
export function choiceKeyboard(
  { seq, choices = [] }: Pick<MessageRecord, "seq" | "choices">,
  language: string,
  { translate }: Pick<ConversationContent, "translate">,
): InlineKeyboardMarkup | undefined {
  if (choices.length === 0) return undefined;
  return {
    inline_keyboard: [
      ...choices.map(({ title }, index) => [{ text: title, callback_data: `page:${seq}:${index}` }]),
      [{ text: translate(language, "choice.none"), callback_data: `page:${seq}:${NONE}` }],
    ],
  };
}

/** Shows the page that a person chose when the library was unsure, or leads on when none was right. */
export function createLibraryChoice(deps: LibraryChoiceDeps): Feature {
  const { content, conversations, answers, erasures, moves, buttonsBelow, clock } = deps;

  function withButtons(exchange: Exchange, markdown: string, kind: "answer" | "notice"): Reply[] {
    const keyboard = buttonsBelow(exchange, kind);
    return [{ markdown, ...(keyboard ? { keyboard } : {}) }];
  }

  async function keep(exchange: Exchange, offer: MessageRecord, answer: KeptAnswer): Promise<void> {
    if (await erasures.isErased(exchange)) return;
    const { seq, chatKey, personId } = exchange;
    await conversations.addMessage({
      ...answer,
      _id: messageId(seq, "bot"),
      seq,
      sessionId: offer.sessionId,
      chatKey,
      telegramUserId: personId,
      sender: "bot",
      at: new Date(clock.now()),
    });
  }

  return {
    presses: {
      async page(exchange, { value }) {
        const [offeredBy, index] = value.split(":");
        const offer = await conversations.reply(Number(offeredBy));
        if (!offer || moves.chatKeyOf(offer.chatKey) !== exchange.chatKey) return null;
        const { language } = exchange;
        if (index === NONE) {
          await conversations.markUnanswered(offer.seq, language);
          return withButtons(exchange, content.translate(language, "choice.none_reply"), "notice");
        }
        const choice = offer.choices?.[Number(index)];
        if (!choice) return null;
        const found = answers.passage(choice.passageId, "no-model");
        if (!found) return withButtons(exchange, content.translate(language, "choice.gone"), "notice");
        const answer = keptAnswer(found, "", language, content);
        await keep(exchange, offer, answer);
        const shown = withButtons(exchange, answerMarkdown(answer, language, content), "answer");
        return [...shown, ...mediaReplies(answer, answers)];
      },
    },
  };
}
