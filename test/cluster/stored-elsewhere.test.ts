import { expect } from "chai";
import { openSharedInbox } from "../../lib/app/instances/inboxes.ts";
import { ChatHomes, type ChatWorker } from "../../lib/cluster/chat-homes.ts";
import type { WakeUp } from "../../lib/cluster/wake-ups.ts";
import { type ParsedUpdate, parseUpdate } from "../../lib/conversation/incoming/parsed-update.ts";
import {
  ActiveQuestions,
  questionRef,
  stopButtonData,
} from "../../lib/conversation/questions/active-questions.ts";
import { joinParts } from "../../lib/conversation/questions/joined-parts.ts";
import { silentLogger } from "../../lib/core/index.ts";
import type { InboxTurn } from "../../lib/inbox/index.ts";
import type { Message, Update } from "../../lib/telegram/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryUpdateStore } from "../support/memory-stores/update-store.ts";
import { pseudonym } from "../support/pseudonym.ts";

const BOT = { id: 7, username: "helpline_bot" };
const CHAT = { id: 100, type: "private" as const, first_name: "Ann" };
const ANN = { id: 100, is_bot: false, first_name: "Ann" };

/** The bounds, in milliseconds. */
const ANNOUNCED_MS = 500;
const UNANNOUNCED_MS = 3_000;

/** The wake-ups of all instances: that of a chat which is worked on is kept until then. */
class MemoryWakeUps {
  isFrozen = false;
  readonly #clock: FakeClock;
  readonly #waiting = new Set<string>();
  readonly #active = new Set<string>();
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  start(): void {}

  async add(chatKeys: readonly string[]): Promise<void> {
    if (this.isFrozen) return await new Promise(() => {});
    for (const chatKey of chatKeys) this.#waiting.add(chatKey);
    this.#wake?.();
  }

  async next(): Promise<WakeUp | undefined> {
    for (;;) {
      const chatKey = [...this.#waiting].find((waiting) => !this.#active.has(waiting));
      if (chatKey !== undefined) {
        this.#waiting.delete(chatKey);
        this.#active.add(chatKey);
        return { chatKey, askedAt: this.#clock.monotonic(), job: {} as WakeUp["job"], token: "" };
      }
      if (this.#isClosed) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async renew(): Promise<WakeUp[]> {
    if (this.isFrozen) await new Promise(() => {});
    return [];
  }

  async end({ chatKey }: WakeUp): Promise<void> {
    this.#active.delete(chatKey);
    this.#wake?.();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }
}

/** Two instances in this process: what one stores, the home of the chat acts on. All times are the fake clock's. */
describe("what another instance stored of a chat", () => {
  let clock: FakeClock;
  let store: MemoryUpdateStore;
  let wakeUps: MemoryWakeUps;
  let areAnnouncementsLost: boolean;
  let instances: { accept(update: Update): Promise<void>; homes: ChatHomes; stop(): Promise<void> }[];
  let log: { what: string; at: number }[];
  let updateId: number;
  let fence: number;

  beforeEach(() => {
    clock = new FakeClock();
    store = new MemoryUpdateStore();
    wakeUps = new MemoryWakeUps(clock);
    areAnnouncementsLost = false;
    instances = [];
    log = [];
    updateId = 0;
    fence = 0;
  });

  afterEach(async () => {
    const stopped = Promise.all(instances.map((instance) => instance.stop()));
    wakeUps.close();
    await clock.advance(20_000);
    await stopped;
  });

  /** An instance. @param isHome whether it takes chats */
  function join(name: string, { isHome }: { isHome: boolean }) {
    const questions = new ActiveQuestions({ chatKeyOf: (chatKey) => chatKey });

    async function handle(update: ParsedUpdate, turn: InboxTurn): Promise<void> {
      const said = update.update.message;
      if (said?.media_group_id !== undefined) {
        const { parts } = await joinParts(update, turn);
        log.push({ what: `album of ${parts.length}`, at: clock.monotonic() });
      } else if (said?.text?.startsWith("Long")) await answer(update, said, turn);
      questions.settled(update.chatKey, update.seq);
    }

    /** Thinks until the question is withdrawn. */
    async function answer({ seq, chatKey }: ParsedUpdate, asked: Message, turn: InboxTurn): Promise<void> {
      const active = questions.begin(questionRef({ seq, chatKey, personId: ANN.id }, [asked]), turn.signal);
      log.push({ what: "asked", at: clock.monotonic() });
      await turn.whileWaiting(
        () =>
          new Promise<void>((resolve) => {
            active.signal.addEventListener("abort", () => resolve(), { once: true });
          }),
      );
      log.push({ what: active.conclude()?.how ?? "ended", at: clock.monotonic() });
      active.end();
    }

    const homes = (worker: ChatWorker): ChatHomes =>
      new ChatHomes({
        instance: name,
        store: { take: async () => ++fence, isCurrent: async () => true },
        wakeUps,
        worker,
        pseudonym,
        clock,
        logger: silentLogger,
      });
    let own: ChatHomes | undefined;
    const inbox = openSharedInbox<ParsedUpdate>(
      {
        botId: BOT.id,
        pseudonym,
        maxConcurrentChats: 50,
        store,
        clock,
        logger: silentLogger,
        random: () => 0.5,
        parse: (update) => parseUpdate(update, BOT),
        arrived: (update) => questions.arrived(update),
        handle,
        giveUp: async () => {},
        isOutage: () => false,
      },
      { open: async () => {}, look: async () => {}, close: () => {}, isDelivering: () => false },
      {
        wake(chatKeys) {
          void wakeUps.add(chatKeys);
          if (areAnnouncementsLost) return;
          for (const other of instances) other.homes.look(chatKeys);
        },
        hasMoreRoom: () => own?.hasMoreRoom(),
        start(worker) {
          own = homes(worker);
          if (isHome) own.start();
        },
        pause: () => own?.pause(),
        stop: async () => own?.stop(),
      },
    );
    void inbox.start();
    const instance = {
      accept: (update: Update) => inbox.accept([update]),
      homes: own as unknown as ChatHomes,
      async stop() {
        await inbox.stop(0);
        await inbox.leave();
      },
    };
    instances.push(instance);
    return instance;
  }

  function message(fields: Partial<Message>): Update {
    updateId += 1;
    return {
      update_id: updateId,
      message: {
        message_id: updateId,
        date: clock.now() / 1000,
        chat: CHAT,
        from: ANN,
        ...fields,
      },
    };
  }

  const question = (): Update => message({ text: "Long question?" });

  interface Action {
    act(asked: { message?: Message }, seq: number): Update;
    /** What becomes of the question. */
    ends: "cancelled" | "edited";
  }

  /** What the person does about the question, by its name. */
  const actions: Record<string, Action> = {
    "/cancel": { act: () => message({ text: "/cancel" }), ends: "cancelled" },
    "the button that stops": {
      act({ message: about }, seq) {
        updateId += 1;
        const callback_query = { id: "p", from: ANN, chat_instance: "c", data: stopButtonData(seq) };
        return { update_id: updateId, callback_query: { ...callback_query, message: about } } as Update;
      },
      ends: "cancelled",
    },
    "Telegram's own button": {
      act(_asked, seq) {
        updateId += 1;
        return { update_id: updateId, stopped_message_generation: { chat: CHAT, draft_id: seq } };
      },
      ends: "cancelled",
    },
    "an edit": {
      act({ message: about }) {
        updateId += 1;
        return { update_id: updateId, edited_message: { ...(about as Message), text: "Short question?" } };
      },
      ends: "edited",
    },
  };

  /** Asks at the home, and has another instance store what the person does then. @returns how long that took to act */
  async function actElsewhere({ act, ends }: Action, { freezesRedis = false } = {}): Promise<number> {
    join("home", { isHome: true });
    const front = join("front", { isHome: false });
    const asked = question();
    await front.accept(asked);
    await clock.advance(0);
    await clock.advance(1); // so that the home has looked a moment ago when the person acts
    expect(log.map(({ what }) => what)).to.deep.equal(["asked"]);
    const [record] = [...store.records.values()];
    if (freezesRedis) areAnnouncementsLost = wakeUps.isFrozen = true;
    await clock.advance(4_000);
    const at = clock.monotonic();
    await front.accept(act(asked, record?.seq ?? 0));
    await clock.advance(60_000);
    expect(log).to.have.length(2);
    expect(log[1]?.what).to.equal(ends);
    return (log[1]?.at ?? Number.POSITIVE_INFINITY) - at;
  }

  for (const [name, action] of Object.entries(actions)) {
    it(`acts within 0.5 s when it is announced: ${name}`, async () => {
      expect(await actElsewhere(action)).to.be.at.most(ANNOUNCED_MS);
    });

    it(`acts within 3 s when its announcement is lost: ${name}`, async () => {
      areAnnouncementsLost = true;
      expect(await actElsewhere(action)).to.be.at.most(UNANNOUNCED_MS);
    });

    it(`acts within 3 s while Redis is frozen: ${name}`, async () => {
      expect(await actElsewhere(action, { freezesRedis: true })).to.be.at.most(UNANNOUNCED_MS);
    });
  }

  /** @returns what became of an album, and how long after its last picture */
  async function sendAlbum(): Promise<{ turns: string[]; afterMs: number }> {
    join("home", { isHome: true });
    const front = join("front", { isHome: false });
    const album = { media_group_id: "9", photo: [] };
    await front.accept(message(album));
    await clock.advance(700);
    await front.accept(message(album));
    await clock.advance(700);
    await front.accept(message(album));
    const at = clock.monotonic();
    await clock.advance(60_000);
    return { turns: log.map(({ what }) => what), afterMs: (log[0]?.at ?? Number.POSITIVE_INFINITY) - at };
  }

  it("joins an album as its next picture when it is announced", async () => {
    expect(await sendAlbum()).to.deep.equal({ turns: ["album of 3"], afterMs: 1_000 });
  });

  it("joins an album as its next picture, though the announcement is lost", async () => {
    areAnnouncementsLost = true;
    const { turns, afterMs } = await sendAlbum();
    expect(turns).to.deep.equal(["album of 3"]);
    expect(afterMs).to.be.at.most(UNANNOUNCED_MS);
  });
});
