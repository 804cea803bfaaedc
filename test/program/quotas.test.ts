import { expect } from "chai";
import { createSimulation, type Simulation } from "../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../support/few-pages.ts";

const ANN = { userId: 1001, firstName: "Ann" };

describe("the daily quota, in the whole program", () => {
  let simulation: Simulation;
  before(async () => {
    simulation = await createSimulation({
      isPlain: true,
      pages: FEW_PAGES,
      respond: ({ question }) => `You asked: ${question}`,
      latency: () => ({ firstMs: 0, totalMs: 20 }),
    });
  });
  after(() => simulation.close());

  async function reply(text: string): Promise<string> {
    const before = simulation.botTexts(ANN.userId).length;
    await simulation.telegram.sendText(ANN, text);
    return simulation.telegram.waitFor(() => simulation.botTexts(ANN.userId)[before]);
  }

  it("is counted over a restart; when it is used up, the library answers", async () => {
    const bot = await simulation.startBot({ GEMINI_RPD: "1" });
    expect(await reply("one?")).to.equal("You asked: one?");
    expect(await bot.end("SIGTERM")).to.equal(0);
    await simulation.startBot({ GEMINI_RPD: "1" });
    expect(await reply("How do I put on a condom?")).to.match(/^I can't write my own answers right now\./);
    expect(simulation.model.callCount).to.equal(1);
  });
});
