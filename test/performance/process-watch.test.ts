import { expect } from "chai";
import { PROCESS_NAMES, watchProcess } from "../../lib/performance/index.ts";
import { recordLoopDelay } from "../../lib/performance/recording/process-watch.ts";
import { createBench } from "./support.ts";

describe("watching the process", () => {
  it("reads memory and event-loop utilization when a snapshot is taken", () => {
    const { monitor } = createBench();
    const watch = watchProcess(monitor);
    const gauges = new Map(monitor.present().gauges.map(({ name, last }) => [name, last]));
    watch.stop();
    expect(gauges.get(PROCESS_NAMES.heapUsedBytes)).to.be.above(1e6);
    expect(gauges.get(PROCESS_NAMES.rssBytes)).to.be.above(1e7);
    expect(gauges.get(PROCESS_NAMES.loopUtilization)).to.be.within(0, 1);
  });

  it("records event-loop delay", async () => {
    const { monitor } = createBench();
    const recorded = new Promise<string>((resolve) => {
      const watch = watchProcess({
        ...monitor,
        record(name) {
          if (name !== PROCESS_NAMES.loopDelay) return;
          watch.stop();
          resolve(name);
        },
      });
    });
    const keepAlive = setInterval(() => {}, 1000); // the watch itself keeps no process alive
    expect(await recorded).to.equal(PROCESS_NAMES.loopDelay);
    clearInterval(keepAlive);
  });

  it("counts a blocked loop for as long as it was blocked, not as one late turn", () => {
    const { monitor } = createBench();
    for (let turn = 0; turn < 98; turn += 1) recordLoopDelay(monitor, 0);
    recordLoopDelay(monitor, 100);
    const stats = monitor.getStats()[PROCESS_NAMES.loopDelay];
    expect(stats?.count).to.equal(98 + 5);
    expect(stats?.p99Ms).to.be.closeTo(80, 1);
  });

  it("does nothing with PERFORMANCE=off", () => {
    const { monitor } = createBench({ mode: "off" });
    watchProcess(monitor).stop();
    expect(monitor.present().gauges).to.deep.equal([]);
  });
});
