import type { Clock } from "../../core/index.ts";
import type { ConversationStore, PeopleStore } from "../../store/index.ts";
import type { Exchange } from "../exchange.ts";
import type { Commands, Feature, Turn } from "../feature.ts";
import type { Flows } from "../flows/index.ts";
import type { ConversationContent } from "../ports.ts";
import type { ActiveQuestions } from "../questions/active-questions.ts";
import type { Reply } from "../replies.ts";

export interface EndingDeps {
  content: ConversationContent;
  conversations: ConversationStore;
  people: PeopleStore;
  flows: Flows;
  activeQuestions: Pick<ActiveQuestions, "hasWithdrawn">;
  clock: Clock;
}

/** Beginning afresh, stopping what is in hand, and leaving. */
export function createEndings({
  content,
  conversations,
  people,
  flows,
  activeQuestions,
  clock,
}: EndingDeps): Feature & Commands<"new" | "cancel" | "stop"> {
  async function beginAfresh(exchange: Exchange): Promise<Reply[]> {
    const { chatKey, personId, seq, language } = exchange;
    const flow = flows.carried(exchange);
    await conversations.newSession(
      { chatKey, telegramUserId: personId, seq, at: new Date(clock.now()) },
      flow,
    );
    return [{ markdown: content.translate(language, "new.done") }, ...flows.offer(exchange, flow)];
  }

  /** A question that was cancelled says so itself; it ended when this update arrived, perhaps in an earlier run. */
  async function hasCancelled({ chatKey, seq, session }: Exchange): Promise<boolean> {
    if (activeQuestions.hasWithdrawn(chatKey, seq)) return true;
    return session !== null && (await conversations.wasWithdrawnBy(session._id, seq));
  }

  async function cancel(exchange: Exchange, turn: Turn): Promise<Reply[]> {
    if (await hasCancelled(exchange)) return [];
    return flows.stop(exchange, turn) ?? nothingToStop(exchange);
  }

  const nothingToStop = ({ language }: Exchange): Reply[] => [
    { markdown: content.translate(language, "cancel.nothing") },
  ];

  async function leave({ chatKey, personId, seq, language, isPrivate }: Exchange): Promise<Reply[]> {
    if (isPrivate) await people.change(personId, { hasLeft: true });
    await conversations.endSession({ chatKey, seq, at: new Date(clock.now()) });
    const markdown = content.translate(language, "menu.left");
    return [{ markdown, ...(isPrivate ? { keyboard: { remove_keyboard: true } } : {}) }];
  }

  return {
    commands: {
      new: (exchange) => beginAfresh(exchange),
      cancel: (exchange, _args, turn) => cancel(exchange, turn),
      stop: (exchange) => leave(exchange),
    },
    presses: {
      stop: async (exchange) => ((await hasCancelled(exchange)) ? [] : nothingToStop(exchange)),
    },
  };
}
