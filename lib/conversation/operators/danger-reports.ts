import { type Clock, childOf, errorMessage, type Logger } from "../../core/index.ts";
import type { DangerReportRecord, DangerReportStore, HeardDanger } from "../../store/index.ts";
import { type NewSend, outboxId } from "../../telegram/index.ts";
import type { Operators } from "../exchange.ts";
import type { ConversationContent, ConversationTelegram } from "../ports.ts";
import { fittingReports, reportText } from "./danger-report-text.ts";
import { privateCopies } from "./operators-chat.ts";

export interface DangerReportsDeps {
  content: Pick<ConversationContent, "bot" | "translate">;
  reports: DangerReportStore;
  operators: Operators;
  telegram: Pick<ConversationTelegram, "record" | "format">;
  outbox: { settled(id: string): Promise<{ state: string; messageId?: number }> };
  nextSeq(): Promise<number>;
  clock: Clock;
  logger: Logger;
}

/** A person who is heard again within this time is counted in the same report; later, operators are told anew. */
const ONE_REPORT_MS = 60 * 60_000;
/**
 * So many messages within a minute go at once, further ones this far apart. Who is heard meanwhile shares the next one: all
 * are told within 5 s, and the group's 20 messages a minute suffice for any number of people.
 */
const FREE_MESSAGES = 2;
const MESSAGE_GAP_MS = 4_000;
const MINUTE_MS = 60_000;
/** A message that has not arrived after this time also goes to every operator's private chat. */
const PRIVATE_AFTER_MS = 5_000;
/** Counts are brought up to date this far apart, when everybody was told of. */
const EDIT_GAP_MS = 10_000;
const RETRY_MS = 5_000;
/** More people than fit into one message. */
const MAX_PEOPLE = 200;
/** How long a report that reached nobody counts as a problem. */
const LOST_MS = 24 * 60 * 60_000;

/**
 * Tells the operators who may be in danger: a message for each person, or for all who were heard at the same time, whose
 * counts go up when they are heard again. People not yet reported come first. Reports are stored before they are
 * sent, and tried again after a restart or when the operators can be reached again.
 */
export class DangerReports {
  readonly #deps: DangerReportsDeps;
  readonly #stopping = new AbortController();
  #working: Promise<void> | undefined;
  /** Aborts, and is replaced, when somebody is heard. */
  #news = new AbortController();
  /** When the messages of the last minute were sent, in monotonic milliseconds. */
  #sentAt: number[] = [];
  /** The edit in progress, and when the last one ended, in monotonic milliseconds. */
  #editing: Promise<void> | undefined;
  #editedAt = Number.NEGATIVE_INFINITY;
  #lostAt: Date | null = null;
  /** The messages whose outcome is awaited here. */
  readonly #settling = new Set<number>();

  constructor(deps: DangerReportsDeps) {
    this.#deps = deps;
  }

  /** Why operators may not know of somebody in danger; null when all is well. */
  get problem(): string | null {
    const isLost = this.#lostAt !== null && this.#deps.clock.now() - this.#lostAt.getTime() < LOST_MS;
    return isLost ? "an alert about danger reached no operator within the last 24 hours" : null;
  }

  /** Resolves when the report is durable; it is sent in the background. */
  async hear(heard: Omit<HeardDanger, "at">): Promise<void> {
    const { reports, operators, clock } = this.#deps;
    if (operators.chatId === undefined) return;
    const at = new Date(clock.now());
    await reports.hear({ ...heard, at }, new Date(at.getTime() - ONE_REPORT_MS));
    this.#wake();
  }

  /** Goes on with what the previous run left, or with several instances one that has ended. May be repeated. */
  async start(): Promise<void> {
    const { reports, operators } = this.#deps;
    if (operators.chatId === undefined) return;
    this.#lostAt = await reports.lastLostAt();
    for (const messageSeq of await reports.unsettledMessages()) {
      if (this.#settling.has(messageSeq)) continue;
      const send = await this.#record(messageSeq, await reports.ofMessage(messageSeq));
      if (send) void this.#settle(send, []);
    }
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#news.abort();
    await this.#working;
  }

  /** Tells again what reached nobody; call it when the operators can be reached again. */
  async retryLost(): Promise<void> {
    const { reports, logger } = this.#deps;
    if (this.#lostAt === null || !(await reports.retryLost())) return;
    logger.info("Alerts about danger that reached nobody are sent again");
    this.#lostAt = null;
    this.#wake();
  }

  #wake(): void {
    this.#news.abort(new Error("Somebody else is heard"));
    this.#news = new AbortController();
    if (this.#working || this.#stopping.signal.aborted) return;
    const news = this.#news.signal;
    this.#working = this.#work().finally(() => {
      this.#working = undefined;
      if (news !== this.#news.signal) this.#wake(); // heard while the work came to its end
    });
  }

  /** Works until every report is told and every count is up to date, or until stopped. */
  async #work(): Promise<void> {
    const { clock, logger } = this.#deps;
    const stopping = this.#stopping.signal;
    while (!stopping.aborted) {
      const news = this.#news.signal;
      try {
        if (!(await this.#tellNext()) && !(await this.#editNext(news))) return;
      } catch (error) {
        if (stopping.aborted) return;
        logger.warn("Reports of danger could not be sent; trying again", { error: errorMessage(error) });
        await clock.sleep(RETRY_MS, stopping).catch(() => {});
      }
    }
  }

  /** Tells of those who wait, in one message, and waits until it has arrived; false when nobody waits. */
  async #tellNext(): Promise<boolean> {
    const { reports, content, operators, telegram, nextSeq, clock } = this.#deps;
    if ((await reports.waiting(1)).length === 0) return false;
    const waitMs = this.#gapMs();
    if (waitMs > 0) await clock.sleep(waitMs, this.#stopping.signal);
    const some = fittingReports(await reports.waiting(MAX_PEOPLE), content, telegram.format);
    const ids = some.map(({ _id }) => _id);
    const messageSeq = await nextSeq();
    const assigned = await reports.assign(ids, messageSeq);
    this.#sentAt.push(clock.monotonic());
    const send = await this.#record(messageSeq, assigned);
    if (!send || (await this.#isOverSoon(this.#settle(send, assigned)))) return true;
    await telegram.record(privateCopies(send, operators.userIds));
    return true;
  }

  /** Whether it ends, or the bot stops, before operators are told in private. */
  async #isOverSoon(work: Promise<void>): Promise<boolean> {
    const waiting = childOf(this.#stopping.signal);
    const tooLate = this.#deps.clock.sleep(PRIVATE_AFTER_MS, waiting.signal).then(
      () => false,
      () => true,
    );
    const isOver = await Promise.race([work.then(() => true), tooLate]);
    waiting.abort(new Error("It is over"));
    waiting.release();
    return isOver;
  }

  async #record(messageSeq: number, reports: readonly DangerReportRecord[]): Promise<NewSend | null> {
    const send = reports.length > 0 ? this.#message(messageSeq, reports) : null;
    if (send) await this.#deps.telegram.record([send]);
    return send;
  }

  /** Records whether a message reached an operator, once that is known. Never rejects. */
  async #settle(send: NewSend, shown: readonly DangerReportRecord[]): Promise<void> {
    const { reports, logger } = this.#deps;
    this.#settling.add(send.seq);
    try {
      const isTold = await this.#reachedSomebody(send);
      if (isTold) await reports.noteShown(shown);
      await reports.settle(send.seq, isTold ? "told" : "lost");
      if (isTold) return;
      this.#lostAt = await reports.lastLostAt();
      logger.error(
        "An alert about danger reached no operator. Correct OPERATORS_CHAT_ID, or let an operator of ADMIN_USER_IDS start the bot.",
      );
    } catch (error) {
      if (this.#stopping.signal.aborted) return; // the next start looks again
      logger.warn("Whether an alert about danger arrived is unknown", { error: errorMessage(error) });
    } finally {
      this.#settling.delete(send.seq);
    }
  }

  async #reachedSomebody(send: NewSend): Promise<boolean> {
    const { operators, outbox } = this.#deps;
    if ((await outbox.settled(outboxId(send))).state === "sent") return true;
    // When it failed, a copy for each operator was recorded.
    const copies = privateCopies(send, operators.userIds);
    const outcomes = await Promise.all(copies.map((copy) => outbox.settled(outboxId(copy))));
    return outcomes.some(({ state }) => state === "sent");
  }

  /** Brings the counts of one message up to date, or waits until that may be done; false when all are. */
  async #editNext(news: AbortSignal): Promise<boolean> {
    const { reports, clock } = this.#deps;
    if (this.#editing) {
      await Promise.race([this.#editing, aborted(news)]);
      return true;
    }
    const messageSeq = await reports.outdatedMessage();
    if (messageSeq === null) return false;
    const waitMs = this.#editedAt + EDIT_GAP_MS - clock.monotonic();
    if (waitMs > 0)
      await clock.sleep(waitMs, news).catch(() => {}); // somebody else is heard
    else this.#editing = this.#edit(messageSeq);
    return true;
  }

  async #edit(messageSeq: number): Promise<void> {
    const { reports, outbox, telegram, nextSeq, clock, logger } = this.#deps;
    try {
      const shown = await reports.ofMessage(messageSeq);
      const { messageId } = await outbox.settled(outboxId({ seq: messageSeq, step: MESSAGE_STEP }));
      const message = this.#message(await nextSeq(), shown);
      if (message && messageId !== undefined) {
        const { urgency: _urgency, alert: _alert, params, ...edit } = message;
        await telegram.record([
          { ...edit, method: "editMessageText", params: { ...params, message_id: messageId } },
        ]);
        await outbox.settled(outboxId(edit));
      }
      await reports.noteShown(shown);
    } catch (error) {
      if (!this.#stopping.signal.aborted)
        logger.warn("A report of danger could not be brought up to date", { error: errorMessage(error) });
    } finally {
      this.#editedAt = clock.monotonic();
      this.#editing = undefined;
    }
  }

  #message(seq: number, reports: readonly DangerReportRecord[]): NewSend | null {
    const { content, operators, telegram } = this.#deps;
    const { chatId } = operators;
    const [piece] = telegram.format(reportText(reports, content));
    if (chatId === undefined || !piece) return null;
    const { text, entities } = piece;
    return {
      seq,
      step: MESSAGE_STEP,
      chatKey: `chat:${chatId}`,
      chatId,
      method: "sendMessage",
      params: { chat_id: chatId, text, entities, link_preview_options: { is_disabled: true } },
      alert: true,
      urgency: "danger",
    };
  }

  /** Milliseconds until the next message may go. */
  #gapMs(): number {
    const now = this.#deps.clock.monotonic();
    this.#sentAt = this.#sentAt.filter((at) => at > now - MINUTE_MS);
    const last = this.#sentAt.at(-1);
    return last === undefined || this.#sentAt.length < FREE_MESSAGES
      ? 0
      : Math.max(0, last + MESSAGE_GAP_MS - now);
  }
}

const MESSAGE_STEP = 1;

/** Resolves when the signal aborts. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
