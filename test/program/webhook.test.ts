import { expect } from "chai";
import type { BotProcess } from "../../scripts/simulate/bot/bot-process.ts";
import { createSimulation, type Simulation } from "../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../support/few-pages.ts";
import { freePort } from "../support/servers/free-port.ts";

const ADA = { userId: 1001, firstName: "Ada" };
const SECRET = "a-secret-of-the-webhook";

/**
 * The built program in a process of its own, called by the simulated Telegram. What happens when the setting changes is
 * in webhook-setting.test.ts.
 */
describe("a bot with a webhook", () => {
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

  it("answers what Telegram brings, never polls, and is ready", async () => {
    await simulation.telegram.sendText(ADA, "What is a webhook?");
    await answered("You asked: What is a webhook?");
    expect(simulation.telegram.calls("getUpdates")).to.deep.equal([]);
    const ready = await fetch(`${bot.url}/readyz`);
    expect(await ready.json()).to.deep.include({ status: "ready" });
  });

  it("takes nothing from those who do not know the secret", async () => {
    const body = JSON.stringify({ update_id: 99, message: { chat: { id: 5 }, text: "let me in" } });
    const headers = { "content-type": "application/json", "x-telegram-bot-api-secret-token": "guess" };
    expect((await fetch(url, { method: "POST", headers, body })).status).to.equal(401);
  });
});
