import { expect } from "chai";
import { followMovesElsewhere } from "../../../lib/app/instances/moves-everywhere.ts";
import type { Announcement } from "../../../lib/cluster/announcements.ts";
import type { Job } from "../../../lib/cluster/index.ts";
import { ChatMoves } from "../../../lib/conversation/index.ts";
import { silentLogger } from "../../../lib/core/index.ts";
import type { ChatMoveRecord, ChatMoveStore } from "../../../lib/store/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";

describe("the move of a group, with several instances", () => {
  let clock: FakeClock;
  let stored: ChatMoveRecord[];
  let isStoreDown: boolean;
  let listeners: ((announcement: Announcement) => void)[];
  let announced: Announcement[];
  let jobs: Job[];

  const store: ChatMoveStore = {
    async all() {
      if (isStoreDown) throw new Error("The database is away");
      return stored;
    },
    note: async (move) => void stored.push(move),
  };

  beforeEach(() => {
    clock = new FakeClock();
    stored = [];
    isStoreDown = false;
    listeners = [];
    announced = [];
    jobs = [];
  });

  afterEach(async () => {
    for (const job of jobs) await job.stop();
  });

  /** An instance whose operators write in the group -1. @param isDeaf whether every announcement to it is lost */
  function join({ isDeaf = false } = {}) {
    const operators = { userIds: [], chatId: -1 };
    const own: ((announcement: Announcement) => void)[] = [];
    const moves = new ChatMoves({
      store,
      operators,
      clock,
      announce(fromChatId, toChatId) {
        const announcement = { kind: "moved", fromChatId, toChatId } as const;
        announced.push(announcement);
        for (const heard of listeners) if (!own.includes(heard)) heard(announcement);
      },
    });
    const instances = {
      onAnnouncement(heard: (announcement: Announcement) => void) {
        own.push(heard);
        if (!isDeaf) listeners.push(heard);
      },
    };
    jobs.push(followMovesElsewhere(moves, instances, { clock, logger: silentLogger }));
    return { moves, operators };
  }

  it("is known to all instances as soon as it arrives at one", () => {
    const [here, there] = [join(), join()];
    here.moves.heard(-1, -1001);
    expect(there.operators.chatId).to.equal(-1001);
    expect(there.moves.chatKeyOf("chat:-1:7")).to.equal("chat:-1001:7");
  });

  it("is announced once, by the instance at which it arrived", () => {
    const [here] = [join(), join(), join()];
    here.moves.heard(-1, -1001);
    here.moves.heard(-1, -1001);
    expect(announced).to.have.length(1);
  });

  it("is read within 5 s when its announcement is lost, also after the database was away", async () => {
    const [here, deaf] = [join(), join({ isDeaf: true })];
    await here.moves.note(-1, -1001);
    isStoreDown = true;
    await clock.advance(5_000);
    expect(deaf.operators.chatId).to.equal(-1);
    isStoreDown = false;
    await clock.advance(5_000);
    expect(deaf.operators.chatId).to.equal(-1001);
  });
});
