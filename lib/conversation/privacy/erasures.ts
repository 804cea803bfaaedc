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

/** Erases people, and sees to it that nothing of theirs is written late. */
export interface Erasures {
  /**
   * Erases a person as of the update `seq`. What is still under way then is erased in the background.
   * @param asked how many questions they asked within a day
   */
  erase(personId: number, seq: number, asked: number): Promise<void>;
  /** Whether the person was erased after they sent this. */
  isErased(address: Pick<Address, "personId" | "seq" | "isPrivate" | "threadId">): Promise<boolean>;
  /** Goes on with what an earlier run left. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** How long to wait for what is under way, at first and at most. */
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 60_000;
/** Work in the background, such as summing a conversation up, may outlive its update by less than this. */
const LATE_WRITES_MS = 10 * 60_000;

export function createErasures(deps: ErasuresDeps): Erasures {
  const { botId, erasures, personalData, clock, logger } = deps;
  const stopping = new AbortController();
  /** What is erased in the background, by the person and the update. */
  const running = new Map<string, Promise<void>>();

  /** Erases again until nothing is left, and once more when nothing can be written late. */
  async function finish({ _id: telegramUserId, seq }: ErasureRecord): Promise<void> {
    const subject = { telegramUserId, seq };
    let waitMs = FIRST_WAIT_MS;
    while (!((await personalData.isSettled(seq, botId)) && (await personalData.eraseRest(subject, botId)))) {
      await clock.sleep(waitMs, stopping.signal);
      waitMs = Math.min(2 * waitMs, MAX_WAIT_MS);
    }
    await clock.sleep(LATE_WRITES_MS, stopping.signal);
    await personalData.eraseRest(subject, botId);
    await erasures.finish(telegramUserId, seq);
  }

  async function finishInTheEnd(mark: ErasureRecord): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        return await finish(mark);
      } catch (error) {
        if (stopping.signal.aborted) return; // the next start goes on
        logger.warn("Erasing a person failed; it is tried again", { error: errorMessage(error) });
        await clock.sleep(MAX_WAIT_MS, stopping.signal).catch(() => {});
      }
    }
  }

  function goOn(mark: ErasureRecord): void {
    const key = `${mark._id}:${mark.seq}`;
    if (running.has(key)) return;
    running.set(
      key,
      finishInTheEnd(mark).finally(() => running.delete(key)),
    );
  }

  return {
    async erase(personId, seq, asked) {
      await erasures.begin(personId, { seq, at: new Date(clock.now()), asked });
      await personalData.erase({ telegramUserId: personId, seq });
      const mark = await erasures.find(personId);
      if (mark?.seq === seq) goOn(mark);
    },

    async isErased({ personId, seq, isPrivate, threadId }) {
      // In the private chat itself, what came before was handled before.
      if (isPrivate && threadId === undefined) return false;
      const mark = await erasures.find(personId);
      return mark !== null && seq < mark.seq;
    },

    async start() {
      for (const mark of await erasures.unfinished()) goOn(mark);
    },

    async stop() {
      stopping.abort();
      await Promise.all(running.values());
    },
  };
}
