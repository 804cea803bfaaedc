import type { Job } from "../../cluster/index.ts";
import type { Clock, Logger } from "../../core/index.ts";
import type {
  BroadcastStore,
  DangerReportStore,
  PeopleStore,
  PersonalHistoryStore,
} from "../../store/index.ts";
import type { BackgroundWork } from "../background-work.ts";
import type { ChatMoves } from "../chat-moves.ts";
import type { Operators } from "../exchange.ts";
import type { Commands, Feature } from "../feature.ts";
import type { ConversationContent, ConversationTelegram } from "../ports.ts";
import { createBroadcast } from "./broadcast.ts";
import { type BroadcastRunner, type BroadcastRunnerDeps, createBroadcastRunner } from "./broadcast-runner.ts";
import { DangerReports, type DangerReportsDeps } from "./danger-reports.ts";
import { createMayOperate, createOperatorCommands, type OperatorCommandsDeps } from "./operators.ts";
import { OperatorsChat, type OperatorsChatDeps } from "./operators-chat.ts";

export interface OpenOperatorsDeps
  extends Pick<OperatorsChatDeps, "probeChat">,
    Pick<OperatorCommandsDeps, "statsPicture" | "reloadContent">,
    Pick<BackgroundWork, "repeatedly"> {
  content: ConversationContent;
  store: {
    broadcasts: BroadcastStore;
    dangerReports: DangerReportStore;
    people: PeopleStore;
    personalHistory: PersonalHistoryStore;
  };
  operators: Operators;
  telegram: ConversationTelegram;
  outbox: BroadcastRunnerDeps["outbox"] & DangerReportsDeps["outbox"];
  moves: ChatMoves;
  /** Allocates the next sequence number. */
  nextSeq(): Promise<number>;
  clock: Clock;
  logger: Logger;
}

/** What operators can do, and what they are told. */
export interface OpenOperators {
  broadcast: Feature & Commands<"broadcast">;
  operatorCommands: ReturnType<typeof createOperatorCommands>;
  operatorsChat: OperatorsChat;
  dangerReports: DangerReports;
  /** Sends broadcasts until the job is stopped. */
  startBroadcasts(): Job;
}

export function openOperators(deps: OpenOperatorsDeps): OpenOperators {
  const { content, operators, telegram, outbox, nextSeq, clock, logger } = deps;
  const { broadcasts, people, personalHistory } = deps.store;
  const mayOperate = createMayOperate(operators);
  const dangerReports = new DangerReports({
    content,
    reports: deps.store.dangerReports,
    operators,
    telegram,
    outbox,
    nextSeq,
    clock,
    logger,
  });
  /** Sends broadcasts while this instance is the one that does. */
  let runner: BroadcastRunner | undefined;

  return {
    dangerReports,
    operatorsChat: new OperatorsChat({
      operators,
      probeChat: deps.probeChat,
      record: (sends) => telegram.record(sends),
      onReachable: () => void dangerReports.retryLost().catch(() => {}), // looked at again at the next check
      clock,
      logger,
    }),
    broadcast: createBroadcast({
      content,
      broadcasts,
      people,
      runner: { wake: () => runner?.wake() },
      moves: deps.moves,
      telegram,
      mayOperate,
      nextSeq,
      clock,
    }),
    operatorCommands: createOperatorCommands({
      content,
      people,
      personalHistory,
      operators,
      mayOperate,
      statsPicture: deps.statsPicture,
      reloadContent: deps.reloadContent,
      clock,
    }),
    startBroadcasts() {
      const started = createBroadcastRunner({
        content,
        broadcasts,
        people,
        outbox,
        nextSeq,
        clock,
        logger,
      });
      runner = started;
      const looking = deps.repeatedly(async () => started.wake());
      return {
        async stop() {
          runner = undefined;
          await Promise.all([looking.stop(), started.stop()]);
        },
      };
    },
  };
}
