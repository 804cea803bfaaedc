import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { createSimulation, SIMULATED_PROVIDERS, type Simulation } from "../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../support/few-pages.ts";
import { startHttpProxy } from "../support/servers/http-proxy.ts";

const ANN = { userId: 1001, firstName: "Ann" };
const BEN = { userId: 1002, firstName: "Ben" };

/** Runs the program until it exits. */
async function runToEnd(environment: Record<string, string>): Promise<{ code: number; errors: string }> {
  const child = spawn(process.execPath, ["dist/lib/main.js"], { env: environment });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, errors };
}

/** Takes back every provider's settings. */
const NO_MODEL = { GEMINI_API_KEY: "", OPENAI_BASE_URL: "", OPENAI_API_KEY: "", OPENAI_MODEL: "" };

for (const provider of SIMULATED_PROVIDERS)
  describe(`the whole program with a model of ${provider}`, () => {
    let simulation: Simulation;
    const latencies = new Map<string, number>();

    async function replyTo(person: { userId: number }, text: string): Promise<string> {
      const before = simulation.botTexts(person.userId).length;
      await simulation.telegram.sendText(person, text);
      return simulation.telegram.waitFor(() => simulation.botTexts(person.userId)[before]);
    }

    beforeEach(async () => {
      latencies.clear();
      simulation = await createSimulation({
        provider,
        isPlain: true,
        pages: FEW_PAGES,
        respond: ({ question }) => `You asked: ${question}`,
        latency: ({ question }) => ({ firstMs: 0, totalMs: latencies.get(question) ?? 20 }),
      });
    });

    afterEach(() => simulation.close());

    it("shows where a link of the model leads, while it is written and afterwards", async () => {
      await simulation.startBot();
      const question = "[bank.example][b]\n\n[b]:\nhttps://evil.example/x";
      await replyTo(ANN, question);
      const shown = await simulation.telegram.waitFor(() => {
        const calls = simulation.telegram
          .calls()
          .map(({ method, params }) => JSON.stringify({ method, params }));
        const withLink = calls.filter((call) => call.includes("evil.example"));
        return withLink.some((call) => call.includes('"sendMessage"')) ? withLink : undefined;
      });
      expect(shown.join()).not.to.include("text_link");
      expect(simulation.botTexts(ANN.userId).at(-1)).to.match(/bank\.example \(https:\/\/evil\.example\/x\)/);
    });

    it("answers from its library and names the page when there is no model", async () => {
      await simulation.startBot(NO_MODEL);
      expect(await replyTo(ANN, "How do I put on a condom?")).to.match(
        /^From our library:[\s\S]+Source: .*ondom/,
      );
    });

    it("answers two quick questions of a chat in order, and a slow chat delays no other", async () => {
      await simulation.startBot();
      latencies.set("slow?", 6_000); // longer than another chat's answer takes on a busy machine
      await simulation.telegram.sendText(ANN, "slow?");
      await simulation.telegram.sendText(ANN, "quick?");
      await simulation.model.waitUntil(({ inFlight }) => inFlight === 1);
      expect(await replyTo(BEN, "hello?")).to.equal("You asked: hello?");
      expect(simulation.botTexts(ANN.userId)).to.deep.equal([]);
      await simulation.telegram.waitFor(() => simulation.botTexts(ANN.userId).length === 2);
      expect(simulation.botTexts(ANN.userId)).to.deep.equal(["You asked: slow?", "You asked: quick?"]);
    });

    it("greets a new person at once while every slot at the model is in use", async () => {
      await simulation.startBot({
        ...simulation.modelSetting("MAX_CONCURRENT", "2"),
        MAX_CONCURRENT_CHATS: "2",
      });
      for (let user = 1; user <= 5; user += 1) {
        latencies.set(`slow ${user}?`, 60_000); // nobody waits for them
        await simulation.telegram.sendText({ userId: 2000 + user, firstName: "S" }, `slow ${user}?`);
      }
      await simulation.model.waitUntil(({ inFlight }) => inFlight === 2);
      expect(await replyTo(ANN, "/start")).to.match(/Hello/);
      expect(simulation.model.peakInFlight).to.equal(2);
      expect(simulation.botTexts(2001)).to.deep.equal([]);
    });

    it("finishes the answer in progress on SIGTERM", async () => {
      const bot = await simulation.startBot();
      latencies.set("late?", 700);
      await simulation.telegram.sendText(ANN, "late?");
      await simulation.model.waitUntil(({ inFlight }) => inFlight === 1);
      expect(await bot.end("SIGTERM")).to.equal(0);
      expect(simulation.botTexts(ANN.userId)).to.deep.equal(["You asked: late?"]);
      expect(simulation.telegram.pendingUpdates()).to.equal(0);
    });

    it("ends at once on a second SIGTERM, and answers after the next start", async () => {
      const bot = await simulation.startBot();
      latencies.set("late?", 9_000);
      await simulation.telegram.sendText(ANN, "late?");
      await simulation.model.waitUntil(({ inFlight }) => inFlight === 1);
      process.kill(bot.pid, "SIGTERM");
      await bot.waitForOutput("Stopping");
      expect(await bot.end("SIGTERM")).to.equal(null);
      expect(simulation.botTexts(ANN.userId)).to.deep.equal([]);
      latencies.clear();
      await simulation.startBot();
      await simulation.telegram.waitFor(() => simulation.botTexts(ANN.userId)[0]);
      expect(simulation.botTexts(ANN.userId)).to.deep.equal(["You asked: late?"]);
    });

    it("says in one line what is wrong with the settings or the token, and never shows the token", async () => {
      const base = { DATA_DIR: simulation.dataFolder, HTTP_PORT: "0" };
      const settings = await runToEnd({ ...base, HTTP_PORT: "eighty", LOG_LEVEL: "loud" });
      expect(settings.code).to.equal(1);
      expect(settings.errors).to.match(/2 settings are wrong[\s\S]*HTTP_PORT[\s\S]*LOG_LEVEL/);
      const token = "7000000002:not-the-token-of-the-simulation";
      const { apiRoot } = simulation;
      const wrongToken = await runToEnd({ ...base, TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_ROOT: apiRoot });
      expect(wrongToken.code).to.equal(1);
      expect(wrongToken.errors).to.match(/does not accept TELEGRAM_BOT_TOKEN/);
      expect(wrongToken.errors).not.to.include(token);
    });

    it("reaches Telegram and the model through the operator's proxy", async () => {
      const { apiRoot, environment } = simulation;
      const [baseUrlSetting = ""] = Object.keys(simulation.modelSetting("BASE_URL", ""));
      const proxy = await startHttpProxy({
        "telegram.invalid": apiRoot,
        "model.invalid": new URL(environment()[baseUrlSetting] ?? "").origin,
      });
      try {
        await simulation.startBot({
          TELEGRAM_API_ROOT: "http://telegram.invalid",
          [baseUrlSetting]:
            environment()[baseUrlSetting]?.replace(/^http:..[^/]+/, "http://model.invalid") ?? "",
          http_proxy: proxy.url,
        });
        expect(await replyTo(ANN, "through it?")).to.equal("You asked: through it?");
        expect(new Set(proxy.tunnels)).to.deep.equal(new Set(["telegram.invalid:80", "model.invalid:80"]));
      } finally {
        await simulation.close();
        await proxy.close();
      }
    });

    it("names a wrong key and answers from the library", async () => {
      const bot = await simulation.startBot(simulation.modelSetting("API_KEY", "wrong-key"));
      expect(bot.output())
        .to.match(/(GEMINI|OPENAI)_API_KEY/)
        .and.not.include("wrong-key");
      expect(await replyTo(ANN, "What is consent?")).to.match(/^From our library:/);
    });
  });
