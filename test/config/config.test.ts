import { expect } from "chai";
import { readConfig } from "../../lib/config/index.ts";

const TOKEN = "123456789:AAExampleExampleExampleExample";

function problemsOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the settings were taken");
}

describe("readConfig", () => {
  it("uses the documented defaults when nothing is set", () => {
    const config = readConfig({});
    expect(config.telegram.token).to.equal(undefined);
    expect(config.models).to.deep.equal([]);
    expect(config.mongodb).to.deep.equal({
      uri: undefined,
      database: "helpline",
      maxPoolSize: 50,
      minPoolSize: 10,
    });
    expect(config.performance).to.deep.equal({
      mode: "full",
      slowOperationMs: 1000,
      slowAnswerMs: 10_000,
      retentionDays: 365,
    });
    expect(config.http).to.deep.equal({
      host: "127.0.0.1",
      port: 8080,
      dashboardToken: undefined,
      trustedProxies: [],
    });
    expect(config.operators).to.deep.equal({ userIds: [], chatId: undefined });
  });

  it("reads numbers, lists and URLs, and treats an empty value as not set", () => {
    const config = readConfig({
      TELEGRAM_BOT_TOKEN: ` ${TOKEN} `,
      ADMIN_USER_IDS: "5, 7",
      OPERATORS_CHAT_ID: "-1001234567890",
      GEMINI_API_KEY: "a-key",
      GEMINI_RPM: "",
      MAX_CONCURRENT_CHATS: "100",
    });
    expect(config.telegram.token).to.equal(TOKEN);
    expect(config.operators).to.deep.equal({ userIds: [5, 7], chatId: -1001234567890 });
    expect(config.models).to.have.lengthOf(1);
    expect(config.models[0]).to.include({ provider: "gemini", model: "gemini-3.8-flash" });
    expect(config.models[0]?.limits).to.include({ maxConcurrent: 8, requestsPerMinute: undefined });
    expect(config.maxConcurrentChats).to.equal(100);
  });

  describe("of models", () => {
    const gemini = { GEMINI_API_KEY: "a-key" };
    const own = { OPENAI_BASE_URL: "http://127.0.0.1:11434/v1", OPENAI_MODEL: "llama3.2:3b" };
    const providersOf = (environment: Record<string, string>) =>
      readConfig(environment).models.map(({ provider }) => provider);

    it("uses those that are set up, Gemini first, or as MODELS says", () => {
      expect(providersOf(gemini)).to.deep.equal(["gemini"]);
      expect(providersOf(own)).to.deep.equal(["openai"]);
      expect(providersOf({ ...gemini, ...own })).to.deep.equal(["gemini", "openai"]);
      expect(providersOf({ ...gemini, ...own, MODELS: "openai, gemini,openai" })).to.deep.equal([
        "openai",
        "gemini",
      ]);
      expect(providersOf({ ...gemini, ...own, MODELS: "openai" })).to.deep.equal(["openai"]);
    });

    it("does not use OpenAI because its key happens to be in the environment", () => {
      expect(providersOf({ OPENAI_API_KEY: "sk-something" })).to.deep.equal([]);
    });

    it("has limits of its own for each", () => {
      const { models } = readConfig({
        ...gemini,
        ...own,
        GEMINI_RPM: "15",
        OPENAI_MAX_CONCURRENT: "1",
        OPENAI_INPUT: "image",
      });
      expect(models.map(({ limits }) => [limits.maxConcurrent, limits.requestsPerMinute])).to.deep.equal([
        [8, 15],
        [1, undefined],
      ]);
      expect(models[1]).to.deep.include({ apiKey: undefined, input: ["image"], model: "llama3.2:3b" });
    });

    it("may think for as long as they are told to", () => {
      const usual = readConfig({ ...gemini, ...own });
      expect(usual.firstWordMs).to.equal(90_000);
      expect(usual.models.map(({ thinking }) => thinking)).to.deep.equal([undefined, undefined]);
      const { firstWordMs, models } = readConfig({
        ...gemini,
        ...own,
        MODEL_FIRST_WORD_MS: "30000",
        GEMINI_THINKING_BUDGET: "0",
        OPENAI_REASONING_EFFORT: "low",
      });
      expect(firstWordMs).to.equal(30_000);
      expect(models.map(({ thinking }) => thinking)).to.deep.equal([0, "low"]);
    });

    for (const [environment, says] of [
      [{ OPENAI_BASE_URL: own.OPENAI_BASE_URL }, /OPENAI_MODEL is required with OPENAI_BASE_URL/],
      [{ OPENAI_MODEL: own.OPENAI_MODEL }, /OPENAI_MODEL needs OPENAI_BASE_URL/],
      [{ ...own, MODELS: "openai,gemini" }, /MODELS names gemini, but GEMINI_API_KEY is not set/],
      [{ ...own, MODELS: "chatgpt" }, /MODELS must name models among gemini, openai/],
      [{ ...own, OPENAI_INPUT: "video" }, /OPENAI_INPUT must name image, audio or pdf/],
    ] as [Record<string, string>, RegExp][]) {
      it(`explains what is wrong with ${Object.keys(environment).join(", ")}`, () =>
        expect(problemsOf(environment)).to.match(says));
    }
  });

  it("names every wrong setting in one message", () => {
    const message = problemsOf({
      HTTP_PORT: "80a",
      PERFORMANCE: "fast",
      MONGODB_MIN_POOL: "60",
      ADMIN_USER_IDS: "me",
    });
    expect(message).to.match(/4 settings are wrong/);
    expect(message).to.match(/HTTP_PORT must be a whole number from 0 to 65535, not "80a"/);
    expect(message).to.match(/PERFORMANCE must be one of off, counts, full, not "fast"/);
    expect(message).to.match(/MONGODB_MIN_POOL \(60\) must not be greater than MONGODB_MAX_POOL \(50\)/);
    expect(message).to.match(/ADMIN_USER_IDS must be Telegram user ids/);
  });

  it("never repeats a secret, not even a wrong one", () => {
    const message = problemsOf({ TELEGRAM_BOT_TOKEN: "hunter2-secret", DASHBOARD_TOKEN: "short-secret" });
    expect(message).to.match(/TELEGRAM_BOT_TOKEN must look like/);
    expect(message).not.to.match(/hunter2|short-secret/);
  });

  it("requires a dashboard token when other machines can reach the pages", () => {
    expect(problemsOf({ HTTP_HOST: "0.0.0.0" })).to.match(/DASHBOARD_TOKEN is required/);
    expect(problemsOf({ TRUSTED_PROXIES: "loopback" })).to.match(/DASHBOARD_TOKEN is required/);
    for (const wrong of ["proxy.example", "10.0.0.0/33", "300.1.1.1", "10.0.0.1/", "1.2.3.4/8/8"]) {
      expect(problemsOf({ TRUSTED_PROXIES: wrong }), wrong).to.match(/TRUSTED_PROXIES must be IP addresses/);
    }
    expect(readConfig({ HTTP_HOST: "0.0.0.0", DASHBOARD_TOKEN: "a-long-enough-token" }).http.host).to.equal(
      "0.0.0.0",
    );
  });

  it("takes a webhook only with its secret, and over https unless the Bot API server is the operator's own", () => {
    const WEBHOOK_URL = "https://bot.example/telegram";
    const WEBHOOK_SECRET = "a-secret-of-16-letters";
    expect(readConfig({}).telegram.webhook).to.equal(undefined);
    const config = readConfig({ WEBHOOK_URL, WEBHOOK_SECRET });
    expect(config.telegram.webhook).to.deep.equal({ url: WEBHOOK_URL, secret: WEBHOOK_SECRET });
    expect(config.secrets).to.include(WEBHOOK_SECRET);
    expect(problemsOf({ WEBHOOK_URL })).to.match(/WEBHOOK_SECRET is required with WEBHOOK_URL/);
    expect(problemsOf({ WEBHOOK_SECRET })).to.match(/WEBHOOK_SECRET has no use without WEBHOOK_URL/);
    const insecure = { WEBHOOK_URL: "http://bot.example/telegram", WEBHOOK_SECRET };
    expect(problemsOf(insecure)).to.match(/WEBHOOK_URL must start with https/);
    readConfig({ ...insecure, TELEGRAM_API_ROOT: "http://10.0.0.2:8081" });
  });

  it("takes Redis only with a database and a bot that several instances can share", () => {
    const shared = { MONGODB_URI: "mongodb://127.0.0.1/bot", TELEGRAM_BOT_TOKEN: TOKEN };
    const REDIS_URL = "redis://:hunter2@127.0.0.1:6379";
    expect(readConfig({}).redis).to.equal(undefined);
    expect(readConfig({ ...shared, REDIS_URL }).redis).to.deep.equal({ url: REDIS_URL });
    expect(readConfig({ ...shared, REDIS_URL }).secrets).to.include.members([REDIS_URL, "hunter2"]);
    const message = problemsOf({ REDIS_URL });
    expect(message)
      .to.match(/REDIS_URL needs MONGODB_URI/)
      .and.match(/REDIS_URL needs TELEGRAM_BOT_TOKEN/);
    expect(problemsOf({ ...shared, REDIS_URL: "http://127.0.0.1" })).to.match(/redis:\/\/ or rediss:\/\//);
  });

  it("collects every secret, so that the log can hide them", () => {
    const config = readConfig({ TELEGRAM_BOT_TOKEN: TOKEN, MONGODB_URI: "mongodb://me:pass@127.0.0.1/x" });
    expect(config.secrets).to.have.members([TOKEN, "mongodb://me:pass@127.0.0.1/x", "pass"]);
  });

  it("accepts the URI of a replica set", () => {
    const uri = "mongodb://a.example:27017,b.example:27017/?replicaSet=rs0";
    expect(readConfig({ MONGODB_URI: uri }).mongodb.uri).to.equal(uri);
    expect(problemsOf({ MONGODB_URI: "http://127.0.0.1" })).to.match(/MONGODB_URI must be an address/);
  });

  it("uses the database that the URI names, unless MONGODB_DB names another", () => {
    const databaseOf = (uri: string, name?: string): string =>
      readConfig({ MONGODB_URI: uri, MONGODB_DB: name }).mongodb.database;
    expect(databaseOf("mongodb://127.0.0.1:27017/mybot?retryWrites=true")).to.equal("mybot");
    expect(databaseOf("mongodb+srv://me:a%2Fb@cluster.example/mybot")).to.equal("mybot");
    expect(databaseOf("mongodb://a.example,b.example/mybot")).to.equal("mybot");
    expect(databaseOf("mongodb://127.0.0.1/mybot", "other")).to.equal("other");
    for (const uri of ["mongodb://h", "mongodb://h/", "mongodb://h/?tls=true", "mongodb://me:pass@h/admin"]) {
      expect(databaseOf(uri), uri).to.equal("helpline");
    }
    expect(problemsOf({ MONGODB_URI: "mongodb://h/my.bot" })).to.match(/set MONGODB_DB/);
  });
});
