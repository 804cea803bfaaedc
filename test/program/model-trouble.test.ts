import { expect } from "chai";
import { type App, createApp } from "../../lib/app/app.ts";
import { readConfig } from "../../lib/config/index.ts";
import { type Clock, silentLogger, systemClock } from "../../lib/core/index.ts";
import { LEARNT_FOLDER } from "../../scripts/build/bundle.js";
import { createSimulation, SIMULATED_PROVIDERS, type Simulation } from "../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../support/few-pages.ts";

const ANN = { userId: 1001, firstName: "Ann" };
const TEAM_ID = -88;
const LEAKED = "Your API key was reported as leaked. Please use another API key.";

/** Conditions for alerts are checked every 10 s; here they are checked at once. */
const clock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms === 10_000 ? 20 : ms, signal),
};

for (const provider of SIMULATED_PROVIDERS) {
  describe(`the whole program while its model is in trouble (${provider})`, () => {
    let simulation: Simulation;
    let app: App;

    before(async () => {
      simulation = await createSimulation({
        provider,
        isPlain: true,
        pages: FEW_PAGES,
        respond: ({ question }) => `You asked: ${question}`,
      });
      await simulation.telegram.createGroup({ chatId: TEAM_ID, title: "Team" });
      const config = readConfig({
        ...simulation.environment(),
        OPERATORS_CHAT_ID: String(TEAM_ID),
        MODEL_FIRST_WORD_MS: "3000",
      });
      app = createApp(config, {
        learntFolder: LEARNT_FOLDER,
        clock,
        logger: silentLogger,
        random: Math.random,
        onFatal(error) {
          throw error;
        },
      });
      await app.start();
    });
    after(async () => {
      await app.stop();
      await simulation.close();
    });

    /** The bot's texts so far; pictures have none. */
    const texts = (): string[] => simulation.botTexts(ANN.userId).filter((text) => text !== "");
    const reply = async (text: string): Promise<string> => {
      const before = texts().length;
      await simulation.telegram.sendText(ANN, text);
      return await simulation.telegram.waitFor(() => texts()[before]);
    };
    const alerts = (): string[] =>
      (simulation.telegram.chat(TEAM_ID)?.messages ?? [])
        .map(({ text = "" }) => text)
        .filter((text) => /^[🔴🟢]/u.test(text));

    it("waits for a first word as long as MODEL_FIRST_WORD_MS says, in one call", async () => {
      simulation.model.faults.order({ kind: "stall", afterPieces: 0 });
      expect(await reply("How do I put on a condom?")).to.match(/too much is going on/);
      expect(simulation.model.callCount).to.equal(1);
    });

    it("tells operators once in the provider's words why it refuses, and when that is over", async () => {
      simulation.model.faults.order({ kind: "status", status: 403, message: LEAKED }, 2);
      await reply("How do I put on a condom?");
      const alert = await simulation.telegram.waitFor(() => alerts()[0]);
      expect(alert)
        .to.match(/refuses to answer/)
        .and.include(LEAKED);
      await reply("How do I take off a condom?");
      expect(await reply("Are you back?")).to.equal("You asked: Are you back?");
      expect(await simulation.telegram.waitFor(() => alerts()[1])).to.match(/^🟢 The model takes questions/);
      expect(alerts()).to.have.lengthOf(2);
    });
  });
}
