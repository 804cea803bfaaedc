import { type Clock, errorMessage, type Logger } from "../../core/index.ts";
import type { ErasureRecord, ErasureStore, PersonalDataStore } from "../../store/index.ts";
import type { Address } from "../exchange.ts";

export interface ErasuresDeps {
  botId: number;
  erasures: ErasureStore;
  personalData: PersonalDataStore;
  clock: Clock;
  logger: Logger;
}

/** Erases people's data, including what is written after the erasure. */
export interface Erasures {
  /**
   * Erases a person as of the update `seq`. Data of updates that are still in progress is erased in the background.
   * @param used what they used of their limits in the last 24 hours
   */
  erase(personId: number, seq: number, used: Pick<ErasureRecord, "asked" | "spent">): Promise<void>;
  /** Whether the person was erased after they sent this update. */
  isErased(address: Pick<Address, "personId" | "seq" | "isPrivate" | "threadId">): Promise<boolean>;
  /** Resumes unfinished erasures of the previous run. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Backoff while updates of the person are in progress: first and longest wait. */
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 60_000;
/** Background work, such as summarising a session, ends sooner than this after its update. */
const LATE_WRITES_MS = 10 * 60_000;

export function createErasures(deps: ErasuresDeps): Erasures {
  const { botId, erasures, personalData, clock, logger } = deps;
  const stopping = new AbortController();
  /** Erasures in progress, by person and update. */
  const running = new Map<string, Promise<void>>();

  /** Erases until nothing is in progress and nothing is left, and once more after the last possible late write. */
  async function finish({ _id: telegramUserId, seq }: ErasureRecord): Promise<void> {
    const subject = { telegramUserId, seq };
    let waitMs = FIRST_WAIT_MS;
    while (!((await personalData.isSettled(seq, botId)) && (await personalData.eraseRest(subject, botId)))) {
      await clock.sleep(waitMs, stopping.signal);
      waitMs = Math.min(2 * waitMs, MAX_WAIT_MS);
    }
    await personalData.purge();
    await clock.sleep(LATE_WRITES_MS, stopping.signal);
    await personalData.eraseRest(subject, botId);
    await personalData.purge();
    await erasures.finish(telegramUserId, seq, new Date(clock.now()));
  }

  async function finishWithRetries(mark: ErasureRecord): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        return await finish(mark);
      } catch (error) {
        if (stopping.signal.aborted) return; // resumed at the next start
        logger.warn("An erasure failed; it is retried", { error: errorMessage(error) });
        await clock.sleep(MAX_WAIT_MS, stopping.signal).catch(() => {});
      }
    }
  }

  /** Without waiting, so that the person is answered; `finish` does it again and retries. */
  function purgeSoon(): void {
    personalData.purge().catch((error: unknown) => {
      logger.warn("Erased data could not be purged from the disk; it is retried", {
        error: errorMessage(error),
      });
    });
  }

  function resume(mark: ErasureRecord): void {
    const key = `${mark._id}:${mark.seq}`;
    if (running.has(key)) return;
    running.set(
      key,
      finishWithRetries(mark).finally(() => running.delete(key)),
    );
  }

  return {
    async erase(personId, seq, used) {
      await erasures.begin(personId, { seq, at: new Date(clock.now()), ...used });
      await personalData.erase({ telegramUserId: personId, seq });
      purgeSoon();
      const mark = await erasures.find(personId);
      if (mark?.seq === seq) resume(mark);
    },

    async isErased({ personId, seq, isPrivate, threadId }) {
      // /forget is used in the private chat, where all earlier updates are handled before it.
      if (isPrivate && threadId === undefined) return false;
      const mark = await erasures.find(personId);
      return mark !== null && seq < mark.seq;
    },

    async start() {
      for (const mark of await erasures.unfinished()) resume(mark);
    },

    async stop() {
      stopping.abort();
      await Promise.all(running.values());
    },
  };
}
