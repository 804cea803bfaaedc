import { AsyncLocalStorage } from "node:async_hooks";
import { getEventListeners } from "node:events";
import { expect } from "chai";
import type { ModelError } from "../../../lib/answers/models/model-error.ts";
import {
  type Gate,
  ModelQueue,
  type QueueOptions,
  type Ticket,
} from "../../../lib/answers/scheduling/model-queue.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { bindMonitor } from "../support.ts";

const never = new AbortController().signal;

/** Work that lasts until the test ends it, and says when it began. */
function createWork(log: string[], name: string): { work: () => Promise<string>; end: () => void } {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    end,
    async work() {
      log.push(name);
      await ended;
      return name;
    },
  };
}

/** A queue with this many slots, whose gate is otherwise open unless `gate` says otherwise. */
function openQueue(
  slots: number,
  { clock = new FakeClock(), ...gate }: Partial<Gate<Ticket>> & { clock?: FakeClock } = {},
): ModelQueue<Ticket> {
  return new ModelQueue<Ticket>(
    {
      limit: () => slots,
      refusal: () => null,
      waitMs: () => 0,
      meanCallMs: () => 4_000,
      admit: () => ({ refund: () => {} }),
      ...gate,
    },
    { clock },
  );
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the model queue", () => {
  const person = (changes: Partial<QueueOptions> = {}): QueueOptions => ({
    signal: never,
    priority: "person",
    ...changes,
  });

  it("has as many at work as there are places, and takes the others in the order they came", async () => {
    const queue = openQueue(2);
    const begun: string[] = [];
    const works = ["a", "b", "c", "d"].map((name) => createWork(begun, name));
    const results = works.map(({ work }) => queue.run(work, person()));
    await turn();
    expect(begun).to.deep.equal(["a", "b"]);
    expect(queue.stats()).to.deep.equal({ inFlight: 2, queued: 2 });
    works[1]?.end();
    await turn();
    expect(begun).to.deep.equal(["a", "b", "c"]);
    for (const { end } of works) end();
    expect(await Promise.all(results)).to.deep.equal(["a", "b", "c", "d"]);
    await turn();
    expect(queue.stats()).to.deep.equal({ inFlight: 0, queued: 0 });
  });

  it("takes people before background work, and a retry before newcomers of its own kind", async () => {
    const queue = openQueue(1);
    const begun: string[] = [];
    const first = createWork(begun, "first");
    const running = queue.run(first.work, person());
    const others = [
      queue.run(async () => begun.push("background"), person({ priority: "background" })),
      queue.run(
        async () => begun.push("background retry"),
        person({ priority: "background", isRetry: true }),
      ),
      queue.run(async () => begun.push("newcomer"), person()),
      queue.run(async () => begun.push("retry"), person({ isRetry: true })),
    ];
    first.end();
    await Promise.all([running, ...others]);
    expect(begun).to.deep.equal(["first", "retry", "newcomer", "background retry", "background"]);
  });

  it("takes calls of one priority by their order, not by their arrival", async () => {
    const queue = openQueue(1);
    const begun: string[] = [];
    const first = createWork(begun, "first");
    const running = queue.run(first.work, person({ order: 9 }));
    const others = [7, 3, 12, 5].map((order) =>
      queue.run(async () => begun.push(`turn ${order}`), person({ order })),
    );
    const retry = queue.run(async () => begun.push("retry"), person({ order: 20, isRetry: true }));
    first.end();
    await Promise.all([running, ...others, retry]);
    expect(begun).to.deep.equal(["first", "retry", "turn 3", "turn 5", "turn 7", "turn 12"]);
  });

  it("lets a short question of a person by when only long background work must wait, and not that work", async () => {
    const clock = new FakeClock();
    const waitMs = (promptTokens: number): number => (promptTokens > 100 ? 30_000 : 0);
    const queue = openQueue(2, { clock, waitMs });
    const events: string[] = [];
    const leaving = new AbortController();
    const background = { priority: "background", promptTokens: 5_000, signal: leaving.signal } as const;
    const long = queue.run(async () => events.push("long"), person(background));
    const onQueued = async (): Promise<void> => void events.push("queued");
    const onWaiting = (): void => void events.push("waits");
    await queue.run(async () => events.push("short"), person({ promptTokens: 10, onQueued, onWaiting }));
    await turn();
    expect(events).to.deep.equal(["short"]);
    leaving.abort(new Error("cancelled"));
    expect(await long.catch((error: Error) => error.message)).to.equal("cancelled");
    expect(clock.sleeping).to.equal(0);
  });

  it("lets everyone go at once when the gate closes for longer than people stay", async () => {
    const clock = new FakeClock();
    let closedMs = 0;
    const queue = openQueue(1, { clock, waitMs: () => closedMs });
    const first = createWork([], "first");
    const running = queue.run(first.work, person());
    const waiting = queue.run(async () => expect.fail("must not run"), person());
    closedMs = 3_600_000;
    queue.gateChanged();
    expect(await waiting.catch((error: ModelError) => error.code)).to.equal("MODEL_CROWDED");
    first.end();
    await running;
    expect(clock.sleeping).to.equal(0);
  });

  it("tells only those that must wait, and lets that settle before their work begins", async () => {
    const queue = openQueue(1);
    const events: string[] = [];
    const first = createWork(events, "first begins");
    const running = queue.run(first.work, person({ onQueued: async () => void events.push("first queued") }));
    await turn();
    const onQueued = async (): Promise<void> => {
      events.push("second queued");
      await turn();
      events.push("second told");
    };
    const waiting = queue.run(async () => events.push("second begins"), person({ onQueued }));
    first.end();
    await Promise.all([running, waiting]);
    expect(events).to.deep.equal(["first begins", "second queued", "second told", "second begins"]);
  });

  it("lets one leave at once when its signal aborts, and forgets it", async () => {
    const queue = openQueue(1);
    const first = createWork([], "first");
    const running = queue.run(first.work, person());
    const leaving = new AbortController();
    const left = queue.run(async () => expect.fail("must not run"), person({ signal: leaving.signal }));
    leaving.abort(new Error("cancelled"));
    expect(await left.catch((error: Error) => error.message)).to.equal("cancelled");
    expect(queue.stats()).to.deep.equal({ inFlight: 1, queued: 0 });
    expect(getEventListeners(leaving.signal, "abort")).to.have.length(0);
    first.end();
    await running;
  });

  it("refuses one whose signal has aborted before", async () => {
    const queue = openQueue(1);
    const refused = queue.run(
      async () => expect.fail("must not run"),
      person({ signal: AbortSignal.abort(new Error("too late")) }),
    );
    expect(await refused.catch((error: Error) => error.message)).to.equal("too late");
  });

  it("gives a place back when the work fails, or when telling of the wait does", async () => {
    const queue = openQueue(1);
    const first = createWork([], "first");
    const running = queue.run(async () => {
      await first.work();
      throw new Error("work failed");
    }, person());
    const untold = queue.run(
      async () => expect.fail("must not run"),
      person({ onQueued: () => Promise.reject(new Error("telling failed")) }),
    );
    expect(await untold.catch((error: Error) => error.message)).to.equal("telling failed");
    first.end();
    expect(await running.catch((error: Error) => error.message)).to.equal("work failed");
    expect(await queue.run(async () => "next", person())).to.equal("next");
    await turn();
    expect(queue.stats()).to.deep.equal({ inFlight: 0, queued: 0 });
  });

  it("keeps a place while its work winds down after an abort, so that no more than the limit are ever in flight", async () => {
    const queue = openQueue(1);
    const leaving = new AbortController();
    const first = createWork([], "first");
    const running = queue.run(first.work, person({ signal: leaving.signal }));
    const events: string[] = [];
    const second = queue.run(async () => events.push("second"), person());
    await turn();
    leaving.abort(new Error("cancelled"));
    await turn();
    expect(events).to.deep.equal([]);
    first.end();
    await Promise.all([running, second]);
    expect(events).to.deep.equal(["second"]);
  });

  it("runs each one's work in the async context of its own caller, and measures its wait there", async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: string[] = [];
    const { monitor, unbind } = bindMonitor();
    const queue = openQueue(1);
    const work = async (): Promise<unknown> => seen.push(`work of ${context.getStore()}`);
    await Promise.all(
      ["ann", "ben"].map((name) =>
        context.run(name, () => monitor.trace(name, { name }, () => queue.run(work, person()))),
      ),
    );
    unbind();
    expect(seen).to.deep.equal(["work of ann", "work of ben"]);
    const measured = monitor.slowestTraces().map(({ operation, spans }) => [operation, spans[0]?.name]);
    expect(measured).to.have.deep.members([
      ["ann", "model.wait"],
      ["ben", "model.wait"],
    ]);
  });
});
