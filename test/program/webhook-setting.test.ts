import { expect } from "chai";
import type { BotProcess } from "../../scripts/simulate/bot/bot-process.ts";
import { createSimulation, type Simulation } from "../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../support/few-pages.ts";
import { freePort } from "../support/servers/free-port.ts";

const ADA = { userId: 1001, firstName: "Ada" };
const SECRET = "a-secret-of-the-webhook";

/** The built program in a process of its own, called by the simulated Telegram. */
describe("a bot whose setting of a webhook changes", () => {
  let simulation: Simulation;
  let bot: BotProcess;
  let url: string;

  before(async () => {
    simulation = await createSimulation({
      isPlain: true,
      pages: FEW_PAGES,
      respond: ({ question }) => `You asked: ${question}`,
    });
    const port = await freePort();
    url = `http://127.0.0.1:${port}/telegram/updates`;
    bot = await simulation.startBot({
      HTTP_PORT: String(port),
      DASHBOARD_TOKEN: "a-dashboard-token-of-a-test",
      WEBHOOK_URL: url,
      WEBHOOK_SECRET: SECRET,
    });
  });

  after(() => simulation.close());

  const answered = (words: string) =>
    simulation.telegram.waitFor(() => simulation.botTexts(ADA.userId).some((text) => text.includes(words)));

  it("is polled for again once the setting is gone, and loses nothing in between", async () => {
    await bot.end("SIGTERM");
    await simulation.telegram.sendText(ADA, "Are you there?");
    bot = await simulation.startBot();
    await answered("You asked: Are you there?");
    expect(simulation.telegram.calls("getUpdates").length).to.be.above(0);
    expect(bot.output()).to.include("Removed the webhook");
  });

  it("is called again once the setting is back", async () => {
    await bot.end("SIGTERM");
    await simulation.telegram.sendText(ADA, "And now?");
    bot = await simulation.startBot({
      HTTP_PORT: new URL(url).port,
      WEBHOOK_URL: url,
      WEBHOOK_SECRET: SECRET,
    });
    await answered("You asked: And now?");
    expect(simulation.botTexts(ADA.userId).filter((text) => text.includes("Are you there?"))).to.have.length(
      1,
    );
  });
});
