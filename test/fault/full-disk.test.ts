import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { createSimulation } from "../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../support/few-pages.ts";

/** Enough for a start and some questions, in the blocks of 512 bytes that `ulimit` counts. */
const ROOM_BLOCKS = 500;
const PEOPLE = 25;

describe("a full disk under the embedded database", () => {
  before(function () {
    if (process.platform === "win32") this.skip(); // no ulimit
  });

  it("ends no process and loses no question: what could not be stored is answered after a start with room", async () => {
    const simulation = await createSimulation({
      isPlain: true,
      pages: FEW_PAGES,
      respond: () => "An answer.",
      latency: () => ({ firstMs: 0, totalMs: 20 }),
    });
    const { telegram, botTexts } = simulation;
    const isAnswered = (userId: number): boolean => botTexts(userId).includes("An answer.");
    try {
      const command = ["-c", `ulimit -f ${ROOM_BLOCKS}; exec "$0" dist/lib/main.js`, process.execPath];
      const bot = spawn("sh", command, {
        env: { PATH: process.env.PATH ?? "", ...simulation.environment() },
      });
      const exited = once(bot, "exit");
      let output = "";
      const isFull = new Promise<void>((resolve) => {
        const read = (chunk: Buffer): void => {
          output += chunk.toString();
          if (output.includes("The disk is full or failing: nothing was written")) resolve();
        };
        bot.stdout.on("data", read);
        bot.stderr.on("data", read);
      });
      const users = Array.from({ length: PEOPLE }, (_, index) => 1000 + index);
      const question = `What is this? ${"word ".repeat(700)}`;
      for (const userId of users) await telegram.sendText({ userId, firstName: "P" }, question);
      await Promise.race([isFull, exited]);
      const [page] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
      expect(await fetch(`${page}/healthz`), output).to.include({ status: 200 });
      bot.kill("SIGKILL");
      await exited;
      expect(users.every(isAnswered), "all answered without room").to.equal(false);

      await simulation.startBot();
      await telegram.waitFor(() => users.every(isAnswered));
      // A send whose outcome could not be stored when the process was killed may be repeated.
      for (const userId of users) expect(new Set(botTexts(userId))).to.deep.equal(new Set(["An answer."]));
    } finally {
      await simulation.close();
    }
  });
});
