import type { Clock, Logger } from "../core/index.ts";
import type {
  BroadcastStore,
  ConversationStore,
  ErasureStore,
  FeedbackStore,
  HandoverStore,
  PeopleStore,
  PersonalDataStore,
  PersonalHistoryStore,
  RetentionStore,
} from "../store/index.ts";
import type { InlineKeyboardMarkup } from "../telegram/index.ts";
import { createDoorkeeper, type Doorkeeper } from "./admission/admission.ts";
import { createLimits, type Limits } from "./admission/limits.ts";
import { createHistory } from "./commands/history.ts";
import type { Exchange, Operators } from "./exchange.ts";
import type { Feature } from "./feature.ts";
import { createHandover, type Handover } from "./handover/handover.ts";
import { startSilenceWatch } from "./handover/silence.ts";
import { createBroadcast } from "./operators/broadcast.ts";
import { type BroadcastRunnerDeps, createBroadcastRunner } from "./operators/broadcast-runner.ts";
import {
  createMayOperate,
  createOperatorCommands,
  type OperatorCommandsDeps,
} from "./operators/operators.ts";
import type { ConversationContent, ConversationTelegram } from "./ports.ts";
import { createErasures, type Erasures } from "./privacy/erasures.ts";
import { createOwnData } from "./privacy/own-data.ts";
import { startRetention } from "./privacy/retention.ts";
import { createRatings } from "./questions/ratings.ts";

export interface ControlsDeps {
  botId: number;
  content: ConversationContent;
  store: ControlsStore;
  operators: Operators;
  telegram: Pick<ConversationTelegram, "record" | "format">;
  /** Waits for the definite outcome of a send. */
  settled: BroadcastRunnerDeps["outbox"]["settled"];
  statsPicture: OperatorCommandsDeps["statsPicture"];
  reloadContent: OperatorCommandsDeps["reloadContent"];
  clock: Clock;
  logger: Logger;
}

/** The parts of the store that the controls use. */
export interface ControlsStore {
  broadcasts: BroadcastStore;
  conversations: Pick<ConversationStore, "history" | "touch">;
  erasures: ErasureStore;
  feedback: FeedbackStore;
  handovers: HandoverStore;
  outbox: { seqOfMessage(chatKey: string, messageId: number): Promise<number | null> };
  people: PeopleStore;
  personalData: PersonalDataStore;
  personalHistory: PersonalHistoryStore;
  retention: RetentionStore;
  /** Of messages that no update caused. */
  updates: { nextSeq(): Promise<number> };
}

/** What people and operators have in their hands beside the conversation itself. */
export interface Controls {
  /** Ratings, history, own data, hand-overs and operators' commands; they see a message before others do. */
  features: readonly Feature[];
  doorkeeper: Doorkeeper;
  refuseQuestion: Limits["refuseQuestion"];
  isErased: Erasures["isErased"];
  handOver: Handover["begin"];
  /** Passes changed words on to whoever the person, or the operator, talks to; null where they talk to nobody. */
  passEdit: Handover["passEdit"];
  /** Notes that the person blocked the bot, or did so no more. */
  noteBlocked(person: { personId: number; isBlocked: boolean }, seq: number): Promise<void>;
  /** The button that asks for a person, as a row; none where nobody can be asked. */
  offerPerson: Handover["offer"];
  /** What stands under an answer, or where there was none to give. */
  underAnswer(exchange: Exchange, kind: "answer" | "notice"): InlineKeyboardMarkup | undefined;
  /** Goes on with what an earlier run left, and begins to take out what is too old. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createControls(deps: ControlsDeps): Controls {
  const { content, store, operators, telegram, clock } = deps;
  const { people, handovers, feedback, broadcasts, personalData, personalHistory } = store;
  const { nextSeq } = store.updates;
  const erasures = createErasures({ ...deps, ...store });
  const limits = createLimits({ ...store, content, operators, clock });
  const doorkeeper = createDoorkeeper({ ...deps, ...store, erasures, limits });
  const ratings = createRatings({ content, feedback, people, personalHistory, telegram, clock });
  const handover = createHandover({
    content,
    handovers,
    people,
    operators,
    telegram,
    history: store.conversations.history,
    seqOfMessage: store.outbox.seqOfMessage,
    clock,
  });
  const outbox = { record: telegram.record, settled: deps.settled };
  const runner = createBroadcastRunner({ ...deps, broadcasts, people, outbox, nextSeq });
  const mayOperate = createMayOperate(operators);
  const features: readonly Feature[] = [
    handover,
    ratings,
    createHistory({ content, personalHistory, telegram }),
    createOwnData({
      content,
      personalData,
      erasures,
      handovers,
      tellForgotten: handover.tellForgotten,
      limits,
    }),
    createBroadcast({ content, broadcasts, people, runner, telegram, mayOperate, nextSeq, clock }),
    createOperatorCommands({ ...deps, people, personalHistory, mayOperate }),
  ];
  const jobs: { stop(): Promise<void> }[] = [erasures, runner];

  return {
    features,
    doorkeeper,
    refuseQuestion: limits.refuseQuestion,
    isErased: erasures.isErased,
    handOver: handover.begin,
    passEdit: handover.passEdit,
    async noteBlocked({ personId, isBlocked }, seq) {
      await people.noteBlocked(personId, isBlocked);
      if (isBlocked) await handover.endByBlock(personId, seq);
    },
    offerPerson: handover.offer,

    underAnswer(exchange, kind) {
      if (kind === "answer") return ratings.thumbs(exchange);
      const rows = handover.offer(exchange);
      return rows.length > 0 ? { inline_keyboard: rows } : undefined;
    },

    async start() {
      await erasures.start();
      runner.start();
      jobs.push(
        startRetention({ ...deps, retention: store.retention }),
        startSilenceWatch({ ...deps, handovers, handover, nextSeq }),
      );
    },

    async stop() {
      await Promise.all(jobs.map((job) => job.stop()));
    },
  };
}
