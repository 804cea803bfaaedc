import { createServer } from "node:http";
import { expect } from "chai";
import { checkGeminiKey } from "../../../../lib/answers/models/gemini/gemini-check.ts";
import { OperatorError } from "../../../../lib/core/index.ts";
import { createFakeGemini, type FakeModel, type ModelFault } from "../../../../lib/sandbox/models/index.ts";
import { API_KEY, createLogBook, MODEL, WatchedClock } from "../../support.ts";

describe("the check of the Gemini key at start", () => {
  let gemini: FakeModel;
  let baseUrl: string;
  let clock: WatchedClock;
  let log: ReturnType<typeof createLogBook>;

  beforeEach(async () => {
    clock = new WatchedClock();
    log = createLogBook();
    gemini = createFakeGemini({ clock, apiKey: API_KEY, model: MODEL });
    ({ baseUrl } = await gemini.start());
  });

  afterEach(async () => {
    await gemini.stop();
    expect(clock.sleeps, "timers left behind").to.deep.equal([]);
  });

  const check = async (
    changes: { apiKey?: string; model?: string; baseUrl?: string } = {},
  ): Promise<unknown> =>
    await checkGeminiKey(
      { apiKey: API_KEY, model: MODEL, baseUrl, ...changes },
      { clock, logger: log },
    ).catch((error: unknown) => error);

  it("says nothing when all is well, with a slash after the address or `models/` before the name, too", async () => {
    expect(await check()).to.equal(undefined);
    expect(await check({ baseUrl: `${baseUrl}/`, model: `models/${MODEL}` })).to.equal(undefined);
    expect(log.lines).to.deep.equal([]);
  });

  const mistakes: { what: string; changes?: object; fault?: ModelFault; code: string; says: string }[] = [
    { what: "a wrong key", changes: { apiKey: "wrong" }, code: "GEMINI_KEY_INVALID", says: "GEMINI_API_KEY" },
    {
      what: "an unknown model",
      changes: { model: "gemini-0" },
      code: "GEMINI_MODEL_UNKNOWN",
      says: "GEMINI_MODEL",
    },
    {
      what: "a key without the right",
      fault: { kind: "status", status: 403, message: `Consumer 'api_key:${API_KEY}'\nhas been suspended.` },
      code: "GEMINI_KEY_FORBIDDEN",
      says: "Consumer 'api_key:[secret]' has been suspended.",
    },
    {
      what: "a place Gemini does not serve",
      fault: { kind: "status", status: 400, message: "User location is not supported for the API use." },
      code: "GEMINI_REFUSED",
      says: "User location is not supported",
    },
  ];
  for (const { what, changes, fault, code, says } of mistakes) {
    it(`tells the operator in one line about ${what}`, async () => {
      if (fault) gemini.faults.order(fault);
      const error = await check(changes);
      expect(error).to.be.instanceOf(OperatorError).with.property("code", code);
      expect((error as OperatorError).message)
        .to.include(says)
        .and.not.include("\n")
        .and.not.include(API_KEY);
    });
  }

  for (const fault of [
    { kind: "status", status: 503 },
    { kind: "rate-limit" },
    { kind: "html", status: 502 },
    { kind: "reset" },
  ] as const) {
    it(`only warns when Gemini is in trouble (${fault.kind})`, async () => {
      gemini.faults.order(fault);
      expect(await check()).to.equal(undefined);
      expect(log.lines.map(({ level }) => level)).to.deep.equal(["warn"]);
    });
  }

  it("only warns, naming the reason, when nothing listens at the address", async () => {
    const unused = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => unused.once("listening", resolve));
    const { port } = unused.address() as { port: number };
    await new Promise((resolve) => unused.close(resolve));
    expect(await check({ baseUrl: `http://127.0.0.1:${port}` })).to.equal(undefined);
    expect(log.lines[0]?.fields).to.deep.equal({ reason: "fetch failed: ECONNREFUSED" });
  });

  it("gives up after ten seconds of silence, with a warning", async () => {
    gemini.faults.order({ kind: "hang" });
    const checking = check();
    await clock.sleepBegun((ms) => ms === 10_000);
    await clock.advance(10_000);
    expect(await checking).to.equal(undefined);
    expect(log.lines[0]?.fields).to.deep.equal({ reason: "Not done within 10 s" });
  });
});
