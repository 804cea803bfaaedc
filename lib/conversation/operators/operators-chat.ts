import type { Clock, Logger } from "../../core/index.ts";
import { classifyFailure, type FailedSend, type NewSend, type Probe } from "../../telegram/index.ts";
import type { Operators } from "../exchange.ts";

export interface OperatorsChatDeps {
  operators: Operators;
  /** Fails if the bot cannot write to the chat. */
  probeChat(chatId: number, probe: Probe, signal: AbortSignal): Promise<unknown>;
  record(sends: readonly NewSend[]): Promise<void>;
  /** Called when the chat can be written to again. */
  onReachable(): void;
  clock: Clock;
  logger: Logger;
}

/** How often the chat is checked, in milliseconds; more often while it cannot be written to. */
const CHECK_INTERVAL_MS = 10 * 60_000;
const RECHECK_INTERVAL_MS = 60_000;
/** How long a lost alert counts as a problem, in milliseconds. */
const LOST_ALERT_MS = 24 * 60 * 60_000;
/** The steps of an alert's private copies: above those of any reply, a hundred for each step of the alert. */
const FIRST_COPY_STEP = 10_000;
const COPY_STEPS = 100;

/**
 * Knows whether the operators can be reached. Their chat is checked at the start and from time to time, and after a
 * send to it failed for good. An alert that fails goes to every operator's private chat.
 */
export class OperatorsChat {
  readonly #deps: OperatorsChatDeps;
  readonly #stopping = new AbortController();
  /** Failed private copies of alerts, by seq and step of the alert. */
  readonly #failedCopies = new Map<string, number>();
  /** What the next check has to prove: after a failed send, only a message does that others can be sent. */
  #probe: Probe = "forum";
  #lostAlertAt: number | undefined;
  #working: Promise<void> | undefined;

  constructor(deps: OperatorsChatDeps) {
    this.#deps = deps;
  }

  /** Why operators do not see what they must see; null when all is well. */
  get problem(): string | null {
    const { operators, clock } = this.#deps;
    const isLost = this.#lostAlertAt !== undefined && clock.monotonic() - this.#lostAlertAt < LOST_ALERT_MS;
    if (isLost) return "an alert reached no operator within the last 24 hours";
    return operators.problem ?? null;
  }

  /** Begins to check the chat, until stopped. */
  start(): void {
    if (this.#deps.operators.chatId !== undefined) this.#working = this.#checkForever().catch(() => {});
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
  }

  /** Checks the chat again at once when something arrives from it, such as that the bot was added. */
  noteHeard(chatId: number): void {
    const { operators } = this.#deps;
    if (operators.problem !== undefined && chatId === operators.chatId) void this.#check();
  }

  /** Reacts to a failed send to the operators' chat, and to a failed alert. */
  async onFailed({ send, code, isChatClosed }: FailedSend): Promise<void> {
    const { operators, record } = this.#deps;
    const isOperatorsChat = send.chatId === operators.chatId;
    if (isOperatorsChat && isChatClosed) {
      this.#probe = "message";
      this.#noteProblem(code);
    }
    if (!send.alert) return;
    // Whether a report of danger is lost is noted with the report.
    const isNotedHere = send.urgency !== "danger";
    if (!isOperatorsChat) {
      if (isNotedHere) this.#noteFailedCopy(send);
    } else if (operators.userIds.length === 0) {
      if (isNotedHere) this.#noteLostAlert();
    } else await record(privateCopies(send, operators.userIds));
  }

  async #checkForever(): Promise<void> {
    const { operators, clock } = this.#deps;
    for (;;) {
      await this.#check();
      const waitMs = operators.problem === undefined ? CHECK_INTERVAL_MS : RECHECK_INTERVAL_MS;
      await clock.sleep(waitMs, this.#stopping.signal);
    }
  }

  async #check(): Promise<void> {
    const { operators, probeChat, onReachable, logger } = this.#deps;
    if (operators.chatId === undefined) return;
    const probe = this.#probe;
    try {
      await probeChat(operators.chatId, probe, this.#stopping.signal);
      if (this.#probe !== probe) return; // a send failed meanwhile
      this.#probe = "unnoticed";
      if (operators.problem !== undefined) logger.info("The operators' chat can be written to again");
      delete operators.problem;
      onReachable();
    } catch (error) {
      const failure = classifyFailure(error);
      if (failure.kind === "blocked") this.#noteProblem("the bot is not a member");
      if (failure.kind === "refused") this.#noteProblem(failure.description);
    }
  }

  #noteProblem(reason: string): void {
    const { operators, logger } = this.#deps;
    if (operators.problem === undefined) {
      logger.error(
        `The operators' chat ${operators.chatId} cannot be written to (${reason}). Add the bot to it and let it write there, or correct OPERATORS_CHAT_ID.`,
      );
    }
    operators.problem = `the operators' chat cannot be written to (${reason})`;
  }

  #noteFailedCopy({ seq, step }: NewSend): void {
    const { operators } = this.#deps;
    const alert = `${seq}:${Math.floor(step / COPY_STEPS)}`;
    const failed = (this.#failedCopies.get(alert) ?? 0) + 1;
    this.#failedCopies.set(alert, failed);
    if (failed < operators.userIds.length) return;
    this.#failedCopies.delete(alert);
    this.#noteLostAlert();
  }

  #noteLostAlert(): void {
    const { clock, logger } = this.#deps;
    this.#lostAlertAt = clock.monotonic();
    logger.error(
      "An alert reached no operator. Correct OPERATORS_CHAT_ID, or let an operator of ADMIN_USER_IDS start the bot.",
    );
  }
}

/** The chat the operators can be reached in, if there is one. */
export function reachableChat({ chatId, problem }: Operators): number | undefined {
  return problem === undefined ? chatId : undefined;
}

/** Copies of an alert for each operator's private chat. */
export function privateCopies(alert: NewSend, userIds: readonly number[]): NewSend[] {
  return userIds.map((userId, index) => copyFor(alert, userId, index));
}

function copyFor({ seq, step, method, params, urgency }: NewSend, userId: number, index: number): NewSend {
  return {
    seq,
    step: FIRST_COPY_STEP + step * COPY_STEPS + index,
    chatKey: `chat:${userId}`,
    chatId: userId,
    method,
    params: { ...params, chat_id: userId },
    alert: true,
    ...(urgency === undefined ? {} : { urgency }),
  };
}
