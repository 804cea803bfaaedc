import type { Db } from "mongodb";
import { type Controls, type ControlsDeps, createControls } from "../../lib/conversation/index.ts";
import { silentLogger } from "../../lib/core/index.ts";
import { createBroadcastStore } from "../../lib/store/collections/broadcasts.ts";
import { createConversationStore } from "../../lib/store/collections/conversations.ts";
import { createFeedbackStore } from "../../lib/store/collections/feedback.ts";
import { createHandoverStore } from "../../lib/store/collections/handovers.ts";
import { createOutboxStore } from "../../lib/store/collections/outbox.ts";
import { createPeopleStore } from "../../lib/store/collections/people.ts";
import { createUpdateStore } from "../../lib/store/collections/updates.ts";
import { createErasureStore } from "../../lib/store/privacy/erasures.ts";
import { createPersonalDataStore } from "../../lib/store/privacy/personal-data.ts";
import { createPersonalHistoryStore } from "../../lib/store/privacy/personal-history.ts";
import { createRetentionStore } from "../../lib/store/privacy/retention.ts";

/** What the controls keep, over a test's database. */
export function openControlsStore(db: Db): ControlsDeps["store"] {
  return {
    broadcasts: createBroadcastStore(db),
    conversations: createConversationStore(db),
    erasures: createErasureStore(db),
    feedback: createFeedbackStore(db),
    handovers: createHandoverStore(db),
    outbox: createOutboxStore(db),
    people: createPeopleStore(db),
    personalData: createPersonalDataStore(db),
    personalHistory: createPersonalHistoryStore(db),
    retention: createRetentionStore(db),
    updates: createUpdateStore(db),
  };
}

/** The controls over a test's database, with nobody behind what operators can ask for. */
export function openControls(
  db: Db,
  deps: Pick<ControlsDeps, "botId" | "content" | "operators" | "telegram" | "clock"> & Partial<ControlsDeps>,
): Controls {
  return createControls({
    store: openControlsStore(db),
    settled: async () => ({ state: "sent" }),
    statsPicture: async () => ({ text: "All is well", png: new Uint8Array([1, 2, 3]) }),
    reloadContent: async () => ({ ok: true, changed: [] }),
    logger: silentLogger,
    ...deps,
  });
}
