import type { Db } from "mongodb";
import {
  ChatMoves,
  type ConversationDeps,
  type ConversationStores,
  type OpenConversation,
  openConversation,
} from "../../lib/conversation/index.ts";
import { silentLogger } from "../../lib/core/index.ts";
import { createBroadcastStore } from "../../lib/store/collections/messages/broadcasts.ts";
import { createChatMoveStore } from "../../lib/store/collections/messages/chat-moves.ts";
import { createOutboxStore } from "../../lib/store/collections/messages/outbox.ts";
import { createUpdateStore } from "../../lib/store/collections/messages/updates.ts";
import { createConversationStore } from "../../lib/store/collections/people/conversations.ts";
import { createDangerReportStore } from "../../lib/store/collections/people/danger-reports.ts";
import { createFeedbackStore } from "../../lib/store/collections/people/feedback.ts";
import { createHandoverStore } from "../../lib/store/collections/people/handovers.ts";
import { createPeopleStore } from "../../lib/store/collections/people/people.ts";
import { createErasureStore } from "../../lib/store/privacy/erasures.ts";
import { createPersonalDataStore } from "../../lib/store/privacy/personal-data.ts";
import { createPersonalHistoryStore } from "../../lib/store/privacy/personal-history.ts";
import { createRetentionStore } from "../../lib/store/privacy/retention.ts";
import { pseudonym } from "./pseudonym.ts";

/** The stores of the conversation, over a test's database. */
export function openConversationStores(db: Db): ConversationStores {
  return {
    broadcasts: createBroadcastStore(db),
    conversations: createConversationStore(db),
    dangerReports: createDangerReportStore(db),
    erasures: createErasureStore(db),
    feedback: createFeedbackStore(db),
    handovers: createHandoverStore(db),
    outbox: createOutboxStore(db),
    people: createPeopleStore(db),
    personalData: createPersonalDataStore(db, { pseudonym }),
    personalHistory: createPersonalHistoryStore(db),
    retention: createRetentionStore(db),
    updates: createUpdateStore(db),
  };
}

type Required = "bot" | "content" | "answers" | "operators" | "telegram" | "clock";

/** The conversation over a test's database, with a model, without files, and with stubs behind operators' commands. */
export function openTestConversation(
  db: Db,
  deps: Pick<ConversationDeps, Required> & Partial<ConversationDeps>,
): OpenConversation {
  return openConversation({
    store: openConversationStores(db),
    hasModel: true,
    slowAnswerMs: 10_000,
    outbox: { record: deps.telegram.record, settled: async () => ({ state: "sent" }) },
    files: { receive: async () => ({ files: [], problems: ["gone"], remove: async () => {} }) },
    operatorTools: {
      statsPicture: async () => ({ text: "All is well", png: new Uint8Array([1, 2, 3]) }),
      reloadContent: async () => ({ ok: true, changed: [] }),
    },
    probeChat: async () => true,
    moves: new ChatMoves({ store: createChatMoveStore(db), operators: deps.operators, clock: deps.clock }),
    logger: silentLogger,
    pseudonym,
    ...deps,
  });
}
