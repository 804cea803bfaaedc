import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
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
});
