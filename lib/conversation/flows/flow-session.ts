import type { Clock } from "../../core/index.ts";
import type { ConversationStore, FlowPosition, PeopleStore, SessionMove } from "../../store/index.ts";
import type { Exchange } from "../exchange.ts";
import type { Turn } from "../feature.ts";

export interface FlowSessionDeps {
  conversations: ConversationStore;
  people: PeopleStore;
  clock: Clock;
}

/** Positions in flows, which are stored in the sessions. */
export interface FlowSession {
  /** The position in the active flow; none after a stop or a long silence. */
  activePosition(exchange: Exchange): FlowPosition | undefined;
  /** Whether an earlier attempt at this update moved the session, and so recorded its replies; completes its change. */
  wasMoved(exchange: Exchange, turn: Turn): boolean;
  /** Moves the session after the replies are recorded, so that a retry from any point makes the same replies. */
  move(exchange: Exchange, turn: Turn, flow: FlowPosition | null, saved?: SessionMove["saved"]): void;
}

/** A message after a longer silence is not an answer to the flow's last question. */
const FLOW_TIMEOUT_MS = 12 * 60 * 60 * 1000;

export function createFlowSession({ conversations, people, clock }: FlowSessionDeps): FlowSession {
  async function keep(personId: number, saved: SessionMove["saved"]): Promise<void> {
    if (Object.keys(saved).length > 0) await people.change(personId, saved);
  }

  return {
    activePosition({ session, at }) {
      const flow = session?.flow;
      const isFresh = flow && at.getTime() - flow.at.getTime() < FLOW_TIMEOUT_MS;
      return isFresh && !flow.isStopped ? flow : undefined;
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
