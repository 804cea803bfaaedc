import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { startBot } from "../../../scripts/simulate/bot/bot-process.ts";

/** Kills what is left of a process group. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // All of it has ended, as it should.
  }
}

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
        "/chat/messages/bubbles.js",
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

  it("stops when npm, which started it in a shell, is told to stop and ends", async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), "helpline-built-"));
    const env = {
      PATH: process.env.PATH,
      npm_lifecycle_event: "start",
      DATA_DIR: dataFolder,
      HTTP_PORT: "0",
    };
    // The second command keeps the shell from becoming the first.
    const command = `"${process.execPath}" dist/lib/main.js 2>&1; true`;
    const shell = spawn("sh", ["-c", command], { env, stdio: ["ignore", "pipe", "ignore"], detached: true });
    let output = "";
    try {
      const ended = once(shell.stdout, "close");
      while (!output.includes("Helpline is running")) {
        const [chunk] = (await once(shell.stdout, "data")) as [Buffer];
        output += chunk.toString();
      }
      shell.stdout.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
      shell.kill("SIGTERM");
      await ended; // the bot is the last that writes there
      expect(output).to.include("npm was told to stop: stopping");
    } finally {
      killGroup(shell.pid);
      await rm(dataFolder, { recursive: true });
    }
  });

  it("writes nothing but JSON, a line an event, where a collector reads it", async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), "helpline-built-"));
    const bot = await startBot({ DATA_DIR: dataFolder, HTTP_PORT: "0", LOG_FORMAT: "json" });
    try {
      expect(await bot.end("SIGTERM")).to.equal(0);
      const lines = bot.output().trimEnd().split("\n");
      const events = lines.map((line) => JSON.parse(line) as { message: string; url?: string });
      expect(events.find(({ message }) => message === "Helpline is running")?.url).to.equal(bot.url);
    } finally {
      await rm(dataFolder, { recursive: true });
    }
  });
});
