import { expect } from "chai";
import { runSetup, type Terminal } from "../../../lib/app/index.ts";
import type { Environment } from "../../../lib/config/index.ts";
import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { createSandboxTelegram, type SandboxTelegram } from "../../../lib/sandbox/index.ts";
import { createFakeGemini, createFakeOpenAi, type FakeModel } from "../../../lib/sandbox/models/index.ts";
import { testDatabaseUri } from "../../support/database.ts";

const TOKEN = "7000000001:AAExampleExampleExampleExample";
const KEY = "a-key-of-gemini";

/** Answers by the first pattern that the question matches; each answer is used once. */
type Script = [pattern: RegExp, answer: string | (() => Promise<string>)][];

function scripted(script: Script): Terminal & { said: string[] } {
  const said: string[] = [];
  return {
    said,
    say: (text) => void said.push(text),
    async ask(question) {
      const index = script.findIndex(([pattern]) => pattern.test(question));
      const [[, answer] = [/^/, ""]] = index < 0 ? [] : script.splice(index, 1);
      return typeof answer === "string" ? answer : await answer();
    },
  };
}

describe("npm run setup", () => {
  let telegram: SandboxTelegram;
  let gemini: FakeModel;
  let environment: Environment;

  before(async () => {
    telegram = createSandboxTelegram({ clock: systemClock, logger: silentLogger, token: TOKEN });
    gemini = createFakeGemini({ clock: systemClock, apiKey: KEY, model: "gemini-3.8-flash" });
    const [{ apiRoot }, { baseUrl }] = await Promise.all([telegram.start(), gemini.start()]);
    environment = { TELEGRAM_API_ROOT: apiRoot, GEMINI_BASE_URL: baseUrl };
  });

  after(() => Promise.all([telegram.stop(), gemini.stop()]));

  it("asks for token, key and database, and checks each at once", async () => {
    const uri = await testDatabaseUri();
    const terminal = scripted([
      [/token/, "nonsense"],
      [/token/, "1234567:AAwrongwrongwrongwrongwrong"],
      [/token/, TOKEN],
      [/What should answer/, "yes"],
      [/What should answer/, "1"],
      [/key for Gemini/, "wrong"],
      [/key for Gemini/, KEY],
      [/MongoDB/, "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50"],
      [/MongoDB/, uri],
    ]);
    const changes = await runSetup({ terminal, environment, clock: systemClock });
    expect(changes).to.deep.equal({ TELEGRAM_BOT_TOKEN: TOKEN, GEMINI_API_KEY: KEY, MONGODB_URI: uri });
    const said = terminal.said.join("\n");
    expect(said).to.include("must look like 123456789:AA…");
    expect(said).to.include("does not accept TELEGRAM_BOT_TOKEN");
    expect(said).to.include("The bot is @helpline_bot.");
    expect(said).to.include("Type 1, 2 or 3");
    expect(said).to.include("GEMINI_API_KEY is not a valid key");
    expect(said).to.include("The model gemini-3.8-flash can be used");
    expect(said).to.include("No MongoDB answers at 127.0.0.1:1");
    expect(said).to.include("MongoDB answers. The database helpline");
    expect(said).not.to.include(TOKEN).and.not.to.include(KEY);
  });

  it("finds the operators and their group by messages with the code, which the bot still gets", async () => {
    const codeIn = (said: string[]): string => /start=(\w+)/.exec(said.join("\n"))?.[1] ?? "none";
    const terminal = scripted([
      [/token/, TOKEN],
      [
        /everybody is listed/,
        async () => {
          const code = codeIn(terminal.said);
          await telegram.sendText({ userId: 5, firstName: "Passer-by" }, "hello");
          await telegram.sendText({ userId: 6, firstName: "Ana" }, `/start ${code}`);
          await telegram.sendText({ userId: 7, firstName: "Ben" }, code.toLowerCase());
          await telegram.createGroup({ chatId: -1009, title: "Desk" });
          await telegram.sendText({ userId: 7 }, `/start@helpline_bot ${code}`, { chatId: -1009 });
          while (!terminal.said.join("").includes("-1009")) await systemClock.sleep(20);
          return "";
        },
      ],
    ]);
    const changes = await runSetup({
      terminal,
      environment: { ...environment, ADMIN_USER_IDS: "3" },
      clock: systemClock,
    });
    expect(changes).to.deep.equal({
      TELEGRAM_BOT_TOKEN: TOKEN,
      ADMIN_USER_IDS: "3,6,7",
      OPERATORS_CHAT_ID: "-1009",
    });
    expect(terminal.said.join("\n")).to.include("Ana (6) is an operator");
    expect(telegram.pendingUpdates()).to.be.at.least(5);
  });

  it("keeps what cannot be checked now, when the operator says so", async () => {
    const terminal = scripted([
      [/token/, TOKEN],
      [/Give another/, "no"],
    ]);
    const away = { ...environment, TELEGRAM_API_ROOT: "http://127.0.0.1:1" };
    const changes = await runSetup({ terminal, environment: away, clock: systemClock });
    expect(changes).to.deep.equal({ TELEGRAM_BOT_TOKEN: TOKEN });
    expect(terminal.said.join("\n")).to.include("Telegram cannot be reached");
  });

  describe("with a model of one's own", () => {
    let server: FakeModel;
    let baseUrl: string;

    const start = async (apiKey: string): Promise<void> => {
      server = createFakeOpenAi({ clock: systemClock, apiKey, model: "llama3.2" });
      ({ baseUrl } = await server.start());
    };

    afterEach(() => server.stop());

    it("checks address and name at once, and needs no key where the server asks for none", async () => {
      await start("");
      const terminal = scripted([
        [/What should answer/, "2"],
        [/address of its API/, "127.0.0.1:11434"],
        [/address of its API/, "http://127.0.0.1:1/v1"],
        [/address of its API/, baseUrl],
        [/name of the model/, "llama9"],
        [/name of the model/, "llama3.2"],
      ]);
      const changes = await runSetup({ terminal, environment, clock: systemClock });
      expect(changes).to.deep.equal({ OPENAI_BASE_URL: baseUrl, OPENAI_MODEL: "llama3.2" });
      const said = terminal.said.join("\n");
      expect(said).to.include("must be an address that starts with http://");
      expect(said).to.include("Nothing answers at http://127.0.0.1:1/v1");
      expect(said).to.include("The server answers. Its models: llama3.2, embedding-test.");
      expect(said).to.include('knows no model "llama9"').and.include("The model llama3.2 can be used");
    });

    it("checks the key where the server asks for one, and never shows it", async () => {
      await start(KEY);
      const terminal = scripted([
        [/What should answer/, "2"],
        [/address of its API/, baseUrl],
        [/Its key/, "wrong"],
        [/Its key/, KEY],
        [/name of the model/, "llama3.2"],
      ]);
      const changes = await runSetup({ terminal, environment, clock: systemClock });
      expect(changes).to.deep.equal({
        OPENAI_BASE_URL: baseUrl,
        OPENAI_API_KEY: KEY,
        OPENAI_MODEL: "llama3.2",
      });
      const said = terminal.said.join("\n");
      expect(said).to.include("The server answers, and asks for a key.");
      expect(said).to.include("refuses OPENAI_API_KEY");
      expect(said).not.to.include(KEY);
    });

    it("sets nothing up without a name, so that the bot still starts", async () => {
      await start("");
      const terminal = scripted([
        [/What should answer/, "2"],
        [/address of its API/, baseUrl],
      ]);
      expect(await runSetup({ terminal, environment, clock: systemClock })).to.deep.equal({});
      expect(terminal.said.join("\n")).to.include("answers come from the library");
    });

    it("takes the model out for the library only", async () => {
      await start("");
      const terminal = scripted([[/What should answer/, "3"]]);
      const changes = await runSetup({
        terminal,
        environment: { ...environment, OPENAI_BASE_URL: baseUrl, OPENAI_MODEL: "llama3.2", MODELS: "openai" },
        clock: systemClock,
      });
      expect(changes).to.deep.equal({ MODELS: null, OPENAI_BASE_URL: null, OPENAI_MODEL: null });
    });
  });

  it("changes nothing when every question is answered with Enter", async () => {
    const terminal = scripted([]);
    expect(await runSetup({ terminal, environment, clock: systemClock })).to.deep.equal({});
  });
});
