import { expect } from "chai";
import {
  bindPerformanceMonitor,
  monitorPerformance,
  performanceMonitor,
} from "../../lib/performance/index.ts";
import { createBench } from "./support.ts";

describe("monitorPerformance, decorating for the monitor of the process", () => {
  let unbind = (): void => {};
  const bind = (...args: Parameters<typeof createBench>): ReturnType<typeof createBench> => {
    const bench = createBench(...args);
    unbind = bindPerformanceMonitor(bench.monitor);
    return bench;
  };
  afterEach(() => unbind());

  it("calls the function and measures nothing until a monitor is bound", async () => {
    const double = monitorPerformance("double")(async (value: number) => 2 * value);
    expect(await double(21)).to.equal(42);
    expect(performanceMonitor.getStats()).to.deep.equal({});
    expect(performanceMonitor.mode).to.equal("off");
  });

  it("measures functions that were wrapped before the monitor was bound", async () => {
    const double = monitorPerformance("double")(async (value: number) => 2 * value);
    await double(1);
    const { monitor } = bind();
    expect(await double(21)).to.equal(42);
    expect(monitor.getStats().double?.count).to.equal(1);
    expect(performanceMonitor.getStats()).to.deep.equal(monitor.getStats());
  });

  it("measures each call once", async () => {
    const { monitor } = bind();
    const work = monitorPerformance("work")(async () => {});
    await work();
    await work();
    expect(monitor.getStats()).to.have.all.keys("work");
    expect(monitor.getStats().work).to.include({ count: 2, peakInFlight: 1 });
  });

  it("lets calls in progress end at the monitor they began at, and sends later ones to the one bound last", async () => {
    const work = monitorPerformance("work")((wait: Promise<void>) => wait);
    const first = bind();
    const slow = work(first.clock.sleep(10));
    const second = bind();
    await work(Promise.resolve());
    await first.finish(slow);
    expect(first.monitor.getStats().work).to.include({ count: 1, maxMs: 10, inFlight: 0 });
    expect(second.monitor.getStats().work).to.include({ count: 1, inFlight: 0 });
  });

  it("measures nothing more once the monitor is unbound", async () => {
    const { monitor } = bind();
    const work = monitorPerformance("work")(async () => {});
    await work();
    unbind();
    await work();
    expect(monitor.getStats().work?.count).to.equal(1);
    expect(performanceMonitor.getStats()).to.deep.equal({});
  });

  it("keeps the monitor that was bound last when an earlier one is unbound", () => {
    const unbindFirst = bindPerformanceMonitor(createBench({ mode: "counts" }).monitor);
    bind({ mode: "full" });
    unbindFirst();
    expect(performanceMonitor.mode).to.equal("full");
  });

  it("calls the function itself while the bound monitor is off", async () => {
    bind({ mode: "off" });
    const work = monitorPerformance("work")(async (value: number) => value);
    expect(await work(7)).to.equal(7);
    expect(performanceMonitor.getStats()).to.deep.equal({});
  });

  for (const mode of ["off", "counts", "full"] as const) {
    describe(`with PERFORMANCE=${mode}`, () => {
      beforeEach(() => bind({ mode }));

      it("decorates methods that use private state", async () => {
        class Counter {
          #count = 1;

          @monitorPerformance("counter.add")
          async add(amount: number): Promise<number> {
            this.#count += amount;
            return this.#count;
          }
        }
        expect(await new Counter().add(2)).to.equal(3);
        expect(performanceMonitor.getStats()["counter.add"]?.count).to.equal(mode === "off" ? undefined : 1);
      });

      it("keeps name, arity, rejections and what is thrown before there is a promise", async () => {
        async function add(first: number, second = 1): Promise<number> {
          return first + second;
        }
        const monitored: typeof add = monitorPerformance("add")(add);
        expect([monitored.name, monitored.length]).to.deep.equal(["add", 1]);
        const failure = new Error("no");
        const rejecting = monitorPerformance("rejecting")(() => Promise.reject(failure));
        expect(await rejecting().catch((error: unknown) => error)).to.equal(failure);
        const throwing = monitorPerformance("throwing")((): Promise<void> => {
          throw failure;
        });
        expect(() => throwing()).to.throw(failure);
      });
    });
  }

  it("splits calls by label", async () => {
    const upload = monitorPerformance("upload", {
      labels: ["photo", "video"],
      label: (kind: string) => kind,
      slowMs: 2_000,
    })(async (kind: string) => kind);
    await upload("photo");
    const { monitor } = bind();
    await upload("photo");
    await upload("gif");
    expect(monitor.getStats()).to.have.all.keys("upload{photo}", "upload{other}");
  });

  it("counts errors by code and warns of slow calls with the parts their time went to", async () => {
    const { clock, monitor, finish, warnings } = bind();
    const read = monitorPerformance("file.read")(() => clock.sleep(900));
    const answer = monitorPerformance("answer", { slowMs: 1_000, part: "answers" })(async () => {
      await read();
      await clock.sleep(200);
      throw new TypeError("odd");
    });
    await finish(answer()).catch(() => {});
    expect(monitor.getStats().answer).to.deep.include({ slow: 1, errors: { TypeError: 1 } });
    expect(warnings).to.have.length(1);
    expect(JSON.stringify(warnings)).to.include("file.read");
  });
});
