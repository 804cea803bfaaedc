import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { createSandboxTelegram, type SandboxTelegram } from "../../../lib/sandbox/index.ts";
import { createFakeGemini, type FakeModel } from "../../../lib/sandbox/models/index.ts";
import { type BuiltCommand, buildCommand } from "../../support/program/built-command.ts";

const TOKEN = "7000000001:AAExampleExampleExampleExample";
const KEY = "a-key-of-gemini";

describe("npm run setup with answers from a pipe", () => {
  let command: BuiltCommand;
  let telegram: SandboxTelegram;
  let gemini: FakeModel;
  let folder: string;
  let environment: Record<string, string>;

  before(async () => {
    telegram = createSandboxTelegram({ clock: systemClock, logger: silentLogger, token: TOKEN });
    gemini = createFakeGemini({ clock: systemClock, apiKey: KEY, model: "gemini-3.8-flash" });
    const [{ apiRoot }, { baseUrl }, built] = await Promise.all([
      telegram.start(),
      gemini.start(),
      buildCommand("setup"),
    ]);
    command = built;
    environment = { TELEGRAM_API_ROOT: apiRoot, GEMINI_BASE_URL: baseUrl };
  });
  after(() => Promise.all([telegram.stop(), gemini.stop(), command.remove()]));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "helpline-setup-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const written = (): Promise<string> => readFile(join(folder, ".env"), "utf8");

  it("takes a line for each question, and Enter for those after the last", async () => {
    const input = `${TOKEN}\n1\nwrong\n\n${KEY}\n`;
    const { code, output, errors } = await command.run([], environment, { input, folder });
    expect({ code, errors }).to.deep.equal({ code: 0, errors: "" });
    expect(output)
      .to.include("GEMINI_API_KEY is not a valid key")
      .and.include("gemini-3.8-flash can be used");
    expect(await written()).to.equal(`TELEGRAM_BOT_TOKEN=${TOKEN}\nGEMINI_API_KEY=${KEY}\n`);
    expect(output).not.to.include(TOKEN).and.not.to.include(KEY);
  });

  it("ends with a sentence when a wrong setting is asked for again and nothing more comes", async () => {
    const wrong = { ...environment, TELEGRAM_BOT_TOKEN: "1234567:AAwrongwrongwrongwrongwrong" };
    const { code, errors } = await command.run([], wrong, { input: "", folder });
    expect({ code, errors }).to.deep.equal({
      code: 1,
      errors: "The input ended before this was answered.\n",
    });
  });
});
