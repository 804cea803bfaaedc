import type { Answers, Turn } from "../../answers/index.ts";
import { errorMessage, type Logger } from "../../core/index.ts";
import type { ConversationStore, MessageRecord } from "../../store/index.ts";
import type { Exchange } from "../exchange.ts";
import type { Feature } from "../feature.ts";

export interface SummaryDeps {
  conversations: Pick<ConversationStore, "activeSession" | "history" | "saveSummary">;
  summarise: Answers["summarise"];
  logger: Logger;
  /** Ends what is under way. */
  signal: AbortSignal;
}

/** So many messages that no summary covers yet make one worth its call… */
const WORTH_A_SUMMARY = 16;
/** …of all but the latest ones, which questions are given word for word. */
const KEPT_WORD_FOR_WORD = 8;
/** The most that is read of a conversation at once. */
const MAX_READ = 60;

/**
 * Keeps long conversations in short, so that questions need not carry them whole. It works after the answer, in the
 * background, one conversation at a time, and only while the model has nothing better to do.
 */
export function createSummaries(deps: SummaryDeps): Feature {
  const { conversations, logger, signal } = deps;
  let isBusy = false;

  async function sumUp({ chatKey, seq }: Exchange): Promise<void> {
    const session = await conversations.activeSession(chatKey);
    if (!session) return;
    const { summary } = session;
    const unread = await readUncovered(session._id, seq, summary?.upToSeq);
    if (unread.length < WORTH_A_SUMMARY) return;
    // A question and its answer stay together.
    const keptFrom = unread.at(-KEPT_WORD_FOR_WORD)?.seq ?? 0;
    const turns = unread.filter((message) => message.seq < keptFrom);
    const first = turns[0];
    const upToSeq = turns.at(-1)?.seq;
    if (!first || upToSeq === undefined) return;
    const previous = summary && { previous: summary.text };
    const text = await deps.summarise({ turns: turns.map(asTurn), ...previous, signal });
    if (text === null) return;
    // What was erased meanwhile must not live on in here.
    const present = await readUncovered(session._id, seq, summary?.upToSeq);
    const ids = new Set(present.map(({ _id }) => _id));
    if (!turns.every(({ _id }) => ids.has(_id))) return;
    await conversations.saveSummary(
      session._id,
      { text, upToSeq, since: summary?.since ?? first.at },
      summary?.upToSeq,
    );
  }

  /** Without waiting for it: the next message of the chat must not. */
  function begin(exchange: Exchange): void {
    if (isBusy) return;
    isBusy = true;
    sumUp(exchange)
      .catch((error: unknown) => {
        if (!signal.aborted) logger.warn("A conversation was not summed up", { reason: errorMessage(error) });
      })
      .finally(() => {
        isBusy = false;
      });
  }

  async function readUncovered(sessionId: string, seq: number, upToSeq = 0): Promise<MessageRecord[]> {
    const messages = await conversations.history(sessionId, seq + 1, MAX_READ);
    return messages.filter((message) => message.seq > upToSeq && message.kind !== "notice");
  }

  return {
    async answered(exchange, turn) {
      // Of people under 18 nothing goes to the model.
      if (!exchange.session || exchange.person?.ageGroup === "under-18") return [];
      turn.afterwards(async () => begin(exchange));
      return [];
    },
  };
}

function asTurn({ sender, text }: MessageRecord): Turn {
  return { sender, text };
}
