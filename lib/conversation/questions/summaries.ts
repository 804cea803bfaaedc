import type { Answers } from "../../answers/index.ts";
import { errorMessage, type Logger } from "../../core/index.ts";
import type { ConversationStore, MessageRecord } from "../../store/index.ts";
import type { Exchange } from "../exchange.ts";
import type { Feature } from "../feature.ts";
import { asTurn, spokenMessages } from "./spoken-turns.ts";

export interface SummaryDeps {
  conversations: Pick<ConversationStore, "activeSession" | "history" | "saveSummary">;
  summarise: Answers["summarise"];
  logger: Logger;
  /** Ends a summary in progress. */
  signal: AbortSignal;
}

/** The least number of messages not covered by a summary that is worth a call to the model… */
const WORTH_A_SUMMARY = 16;
/** …not counting the latest ones, which go to the model word for word. */
const KEPT_WORD_FOR_WORD = 8;
/** The most messages read at once. */
const MAX_READ = 60;

/**
 * Summarises long conversations, so that questions need not carry all of them: after an answer, in the background, one
 * conversation at a time, and only while the model is idle.
 */
export function createSummaries(deps: SummaryDeps): Feature {
  const { conversations, logger, signal } = deps;
  let isBusy = false;

  async function summarise({ chatKey, seq, person }: Exchange): Promise<void> {
    const session = await conversations.activeSession(chatKey);
    if (!session) return;
    const { summary } = session;
    const unread = await readUncovered(session._id, seq, summary?.upToSeq);
    if (unread.length < WORTH_A_SUMMARY) return;
    // Keeps a question and its answer together.
    const keptFrom = unread.at(-KEPT_WORD_FOR_WORD)?.seq ?? 0;
    const turns = unread.filter((message) => message.seq < keptFrom);
    const first = turns[0];
    const upToSeq = turns.at(-1)?.seq;
    if (!first || upToSeq === undefined) return;
    const previous = summary && { previous: summary.text };
    const text = await deps.summarise({
      turns: turns.map(asTurn),
      ...previous,
      ageGroup: person?.ageGroup,
      signal,
    });
    if (text === null) return;
    await conversations.saveSummary(session, { text, upToSeq, since: summary?.since ?? first.at });
  }

  /** Not awaited: the chat's next message must not wait for it. */
  function begin(exchange: Exchange): void {
    if (isBusy) return;
    isBusy = true;
    summarise(exchange)
      .catch((error: unknown) => {
        if (!signal.aborted)
          logger.warn("A conversation was not summarised", { reason: errorMessage(error) });
      })
      .finally(() => {
        isBusy = false;
      });
  }

  async function readUncovered(sessionId: string, seq: number, upToSeq = 0): Promise<MessageRecord[]> {
    const messages = await conversations.history(sessionId, seq + 1, MAX_READ);
    return spokenMessages(messages).filter((message) => message.seq > upToSeq);
  }

  return {
    async answered(exchange, turn) {
      if (!exchange.session) return [];
      turn.afterwards(async () => begin(exchange));
      return [];
    },
  };
}
