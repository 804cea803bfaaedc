import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { StatsChart } from "../../lib/operations/stats-chart.ts";
import { startBot } from "../../scripts/simulate/bot-process.ts";

describe("the built program", () => {
  it("serves the files of its pages and of the simulated chat", async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), "helpline-built-"));
    const bot = await startBot({ DATA_DIR: dataFolder, HTTP_PORT: "0" });
    try {
      for (const page of [
        "/",
        "/dashboard/charts.js",
        "/dashboard/uplot/uplot.js",
        "/chat",
        "/chat/chat.js",
      ]) {
        const response = await fetch(`${bot.url}${page}`);
        expect(response.status, page).to.equal(200);
        await response.text();
      }
    } finally {
      await bot.end("SIGTERM");
      await rm(dataFolder, { recursive: true });
    }
  });

  it("draws charts in a separate process", async () => {
    const chart: StatsChart = {
      title: "Questions",
      times: ["10:00", "11:00"],
      questions: { name: "Questions", counts: [3, 5] },
      p95: { name: "p95", seconds: [1.5, null] },
    };
    const child = fork("dist/lib/stats-chart-process.js", [], {
      env: {},
      execArgv: [],
      serialization: "advanced",
    });
    child.send(chart);
    const [png] = (await once(child, "message")) as [Uint8Array];
    expect(Buffer.from(png.subarray(1, 4)).toString()).to.equal("PNG");
    await once(child, "exit");
  });
});
