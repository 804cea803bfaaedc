import type { Clock } from "../../core/index.ts";
import type { ConversationStore, FlowPosition, PeopleStore, SessionMove } from "../../store/index.ts";
import type { Exchange } from "../exchange.ts";
import type { Turn } from "../feature.ts";

export interface FlowSessionDeps {
  conversations: ConversationStore;
  people: PeopleStore;
  clock: Clock;
}

/** Where people are in flows, as their sessions keep it. */
export interface FlowSession {
  /** The flow the person is in, when they have not left it. */
  inHand(exchange: Exchange): FlowPosition | undefined;
  /** Whether an earlier attempt moved the session on: its replies are recorded, and its change is completed. */
  wasMoved(exchange: Exchange, turn: Turn): boolean;
  /** Moves the session on once the replies are recorded, so that a repetition from any point makes the same ones. */
  move(exchange: Exchange, turn: Turn, flow: FlowPosition | null, saved?: SessionMove["saved"]): void;
}

/** Whoever says nothing for so long has left the flow: what they write then is no answer to its last question. */
const LEFT_MS = 12 * 60 * 60 * 1000;

export function createFlowSession({ conversations, people, clock }: FlowSessionDeps): FlowSession {
  async function keep(personId: number, saved: SessionMove["saved"]): Promise<void> {
    if (Object.keys(saved).length > 0) await people.change(personId, saved);
  }

  return {
    inHand({ session }) {
      const flow = session?.flow;
      return flow && !flow.isStopped && clock.now() - flow.at.getTime() < LEFT_MS ? flow : undefined;
    },

    wasMoved({ session, seq, personId }, turn) {
      if (session?.lastSeq !== seq) return false;
      const { saved } = session;
      if (saved) turn.afterwards(() => keep(personId, saved));
      return true;
    },

    move({ session, seq, chatKey, personId }, turn, flow, saved = {}) {
      turn.afterwards(async () => {
        const at = new Date(clock.now());
        const { _id } =
          session ?? (await conversations.currentSession({ chatKey, telegramUserId: personId, seq, at }));
        await conversations.moveSession(_id, seq, { flow, saved });
        await keep(personId, saved);
      });
    },
  };
}
