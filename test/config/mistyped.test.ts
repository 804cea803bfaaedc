import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { loadConfig, readConfig } from "../../lib/config/index.ts";

const TOKEN = "123456789:AAExampleExampleExampleExample";

function problemOf(environment: Record<string, string>, inFile: readonly string[] = []): string {
  try {
    readConfig(environment, new Set(inFile));
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("a mistyped setting", () => {
  for (const [name, meant] of [
    ["TELEGRAM_TOKEN", "TELEGRAM_BOT_TOKEN"],
    ["TELEGRAM_BOT_TOKN", "TELEGRAM_BOT_TOKEN"],
    ["BOT_TOKEN", "TELEGRAM_BOT_TOKEN"],
    ["GEMINI_KEY", "GEMINI_API_KEY"],
    ["GEMINI_APIKEY", "GEMINI_API_KEY"],
    ["MONGO_URI", "MONGODB_URI"],
    ["MONGODB_URL", "MONGODB_URI"],
    ["MONGO_URL", "MONGODB_URI"],
    ["ADMIN_ID", "ADMIN_USER_IDS"],
    ["OPERATORS_CHAT", "OPERATORS_CHAT_ID"],
    ["DASHBORD_TOKEN", "DASHBOARD_TOKEN"],
  ] as const) {
    it(`is named with the one that was meant: ${name}`, () => {
      expect(problemOf({ [name]: "a value" })).to.include(`${name} is not a setting. Did you mean ${meant}?`);
      expect(problemOf({ [name]: "a value" })).not.to.include("a value");
    });
  }

  it("is left alone where it may belong to another program", () => {
    const others = {
      HTTPS_PORT: "443",
      LOGLEVEL: "debug",
      LOG_LEVELS: "x",
      FTP_PROXY: "ftp.example",
      MONGODB_PORT: "tcp://10.0.0.3:27017",
      MONGODB_VERSION: "8.0",
      TELEGRAM_API_ID: "12345",
      TELEGRAM_API_HASH: "abc",
      OPENAI_ORGANIZATION: "org",
      API_KEY: "abc",
      MODEL: "abc",
      DATABASE_URL: "postgres://h/d",
      http_proxy: "http://127.0.0.1:3128",
      PATH: "/bin",
    };
    expect(problemOf(others)).to.equal("");
  });

  it("is found whatever it is called in .env, which belongs to Helpline alone", () => {
    expect(problemOf({ LOGLEVEL: "debug" }, ["LOGLEVEL"])).to.include("Did you mean LOG_LEVEL?");
    expect(problemOf({ HTPP_PORT: "80" }, ["HTPP_PORT"])).to.include("Did you mean HTTP_PORT?");
    expect(problemOf({ gemini_api_key: "k" }, ["gemini_api_key"])).to.include("Did you mean GEMINI_API_KEY?");
    expect(problemOf({ TZ: "UTC" }, ["TZ"])).to.equal("");
  });

  it("does no harm where it is empty, or where the right one is set too", () => {
    expect(problemOf({ TELEGRAM_TOKEN: "" })).to.equal("");
    expect(problemOf({ TELEGRAM_TOKEN: TOKEN, TELEGRAM_BOT_TOKEN: TOKEN })).to.equal("");
  });

  it("is named together with the settings whose values are wrong", () => {
    const problem = problemOf({ GEMINI_KEY: "k", HTTP_PORT: "x" });
    expect(problem)
      .to.match(/2 settings are wrong/)
      .and.include("GEMINI_KEY")
      .and.include("HTTP_PORT");
  });
});

describe("loadConfig", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "helpline-env-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("reads the file, except for what the environment says otherwise", async () => {
    const file = join(folder, "some.env");
    await writeFile(
      file,
      "HTTP_PORT=1234\nGEMINI_RPM=5 # a minute\nOTEL_SERVICE_NAME=mine\nGEMINI_API_KEY=k\n",
    );
    const environment: Record<string, string | undefined> = { HTTP_PORT: "4321" };
    const config = loadConfig(environment, file);
    expect(config.http.port).to.equal(4321);
    expect(config.models[0]?.limits.requestsPerMinute).to.equal(5);
    expect(environment.OTEL_SERVICE_NAME).to.equal("mine");
  });

  it("needs no file", () => {
    expect(loadConfig({}, join(folder, "missing.env")).http.port).to.equal(8080);
  });
});
