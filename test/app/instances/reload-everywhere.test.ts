import { expect } from "chai";
import { reloadEverywhere } from "../../../lib/app/instances/reload-everywhere.ts";
import type { Announcement } from "../../../lib/cluster/announcements.ts";
import type { LiveContent, Reload } from "../../../lib/content/index.ts";
import { silentLogger } from "../../../lib/core/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";

describe("/reload of several instances", () => {
  const clock = new FakeClock();
  let listeners: Map<string, ((announcement: Announcement) => void)[]>;
  let count: number;

  beforeEach(() => {
    listeners = new Map();
    count = 0;
  });

  /** An instance whose folder has the content of a version, or mistakes. */
  function join(
    instance: string,
    version: string,
    { hasMistakes = false, isSilent = false, readsForMs = 0 } = {},
  ) {
    let reads = 0;
    const reload = async (): Promise<Reload> => {
      reads += 1;
      if (readsForMs > 0) await clock.sleep(readsForMs);
      return hasMistakes ? { ok: false, mistakes: "bot.yaml, line 3" } : { ok: true, changed: [] };
    };
    const live = { content: { version }, reload } as LiveContent;
    const own: ((announcement: Announcement) => void)[] = [];
    listeners.set(instance, own);
    count += 1;
    const instances = {
      instance,
      count: () => count,
      async announce(announcement: Announcement) {
        if (isSilent) return;
        for (const [other, heard] of listeners) {
          if (other !== instance) for (const listener of heard) listener(announcement);
        }
      },
      onAnnouncement: (listener: (announcement: Announcement) => void) => void own.push(listener),
    };
    const everywhere = reloadEverywhere(live, instances, { clock, logger: silentLogger });
    return { reload: everywhere, reads: () => reads };
  }

  it("reaches all of them, and ends as soon as all have the same content", async () => {
    const here = join("a", "1");
    const others = [join("b", "1"), join("c", "1")];
    expect(await here.reload()).to.deep.include({ others: { differing: [], silent: 0 } });
    expect(others.map(({ reads }) => reads())).to.deep.equal([1, 1]);
  });

  it("names those with other content or mistakes in it", async () => {
    const here = join("a", "1");
    join("b", "2");
    join("c", "1", { hasMistakes: true });
    join("d", "1");
    expect(await here.reload()).to.deep.include({ others: { differing: ["b", "c"], silent: 0 } });
  });

  it("hears of those that take up to 2 s to read it", async () => {
    const here = join("a", "1");
    join("b", "1", { readsForMs: 1_900 });
    join("c", "2", { readsForMs: 1_900 });
    const startedAt = clock.monotonic();
    let endedAt = Number.POSITIVE_INFINITY;
    const reloading = here.reload().finally(() => {
      endedAt = clock.monotonic();
    });
    await clock.advance(10_000);
    expect(await reloading).to.deep.include({ others: { differing: ["c"], silent: 0 } });
    expect(endedAt - startedAt).to.be.at.most(2_000);
  });

  it("counts those that do not answer within 2 s", async () => {
    const here = join("a", "1");
    join("b", "1", { isSilent: true });
    const reloading = here.reload();
    await clock.advance(2_000);
    expect(await reloading).to.deep.include({ others: { differing: [], silent: 1 } });
  });

  it("says nothing of others where there are none", async () => {
    expect(await join("a", "1").reload()).to.deep.include({ others: { differing: [], silent: 0 } });
  });
});
