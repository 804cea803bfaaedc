import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Db } from "mongodb";
import { createAnswers, type Model } from "../../../lib/answers/index.ts";
import { openUpdatePath, type UpdatePath } from "../../../lib/app/pipeline.ts";
import type { Content } from "../../../lib/content/index.ts";
import { type Clock, createPseudonyms, silentLogger } from "../../../lib/core/index.ts";
import { createPerformanceMonitor } from "../../../lib/performance/index.ts";
import { type Store, storesOf } from "../../../lib/store/store.ts";
import type { FakeClock } from "../../support/fake-clock.ts";
import { type DurableSteps, databaseOf, never } from "./durable-steps.ts";
import { BOT, OPERATOR, OPERATORS } from "./people.ts";
import type { GapTelegram } from "./telegram.ts";

export interface Surroundings {
  db: Db;
  content: Content;
  telegram: GapTelegram;
  clock: FakeClock;
  /** Counts the database's calls in flight. */
  calls: { inFlight: number };
}

/** Starts the bot as one process does: everything from the poller to the outbox, over what earlier ones left. */
export async function startProcess(
  { db, content, telegram, clock: outside, calls }: Surroundings,
  steps: DurableSteps,
): Promise<UpdatePath> {
  const clock = clockOf(outside, steps);
  const own = databaseOf(db, steps, calls);
  const store: Store = {
    ...storesOf(own, own, { pseudonym: createPseudonyms("a secret for tests") }),
    pool: () => ({ size: 1, inUse: 0, waiting: 0 }) as unknown as ReturnType<Store["pool"]>,
    close: async () => {},
  };
  const shared = { clock, logger: silentLogger, random: () => 0.5 };
  const answers = createAnswers({
    ...shared,
    passages: [],
    persona: "You are a kind librarian.",
    rules: ["Be brief."],
    models: [{ model: modelOf(clock), limits: { maxConcurrent: 8 } }],
    cache: store.answerCache,
    answersDays: 7,
  });
  return openUpdatePath(
    {
      api: telegram.apiOf(steps),
      bot: { id: BOT.id, is_bot: true, first_name: "Helpline", username: BOT.username },
      webhook: undefined,
      content,
      answers,
      hasModel: true,
      operators: { userIds: [OPERATOR.id], chatId: OPERATORS.id },
      allowedUserIds: [],
      operatorTools: {
        statsPicture: async () => ({ text: "All is well", png: new Uint8Array([1]) }),
        reloadContent: async () => ({ ok: true, changed: ["bot.yaml"] }),
      },
      monitor: createPerformanceMonitor({ mode: "off", slowOperationMs: 60_000, logger: silentLogger }),
      store,
      maxConcurrentChats: 50,
      folders: { data: join(tmpdir(), `helpline-gaps-${process.pid}`), media: "media" },
      slowAnswerMs: 60_000,
    },
    { ...shared, onFatal: () => {} },
  );
}

/** The clock of one process: its monotonic time begins at its start, and nobody wakes once it is dead. */
function clockOf(outside: FakeClock, steps: DurableSteps): Clock {
  const startedAt = outside.monotonic();
  return {
    now: outside.now,
    monotonic: () => outside.monotonic() - startedAt,
    async sleep(ms, signal) {
      if (!steps.isDead) await outside.sleep(ms, signal);
      if (steps.isDead) await never();
    },
  };
}

/** Answers in two pieces, with a pause that lets a group's preview be sent and edited. */
function modelOf(clock: Clock): Model {
  return {
    provider: "Fake",
    name: "fake",
    reads: () => true,
    embeddingModel: undefined,
    embed: async () => [],
    async *ask({ turns }, { signal }) {
      const question = turns.at(-1)?.parts.at(-1)?.text ?? "";
      await clock.sleep(1_000, signal);
      yield { text: `You asked: ${question} ` };
      await clock.sleep(7_000, signal);
      yield { text: "That is the answer.", finish: "complete" };
    },
  };
}
