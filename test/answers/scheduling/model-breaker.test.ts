import { expect } from "chai";
import { ModelError, modelTimeout, statusError } from "../../../lib/answers/models/model-error.ts";
import { ModelBreaker } from "../../../lib/answers/scheduling/model-breaker.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { createLogBook } from "../support.ts";

const ANSWERED = async (): Promise<string> => "answered";

describe("the breaker before the model", () => {
  let clock: FakeClock;
  let log: ReturnType<typeof createLogBook>;
  let breaker: ModelBreaker;
  beforeEach(() => {
    clock = new FakeClock();
    log = createLogBook();
    breaker = new ModelBreaker({ provider: "Gemini", clock, logger: log });
  });

  /** The code or message of what a call threw, or what it answered. */
  const outcome = async (
    call: () => Promise<string>,
    signal = new AbortController().signal,
  ): Promise<string> =>
    await breaker
      .execute(call, signal)
      .catch((error: Error) => (error instanceof ModelError ? error.code : error.message));
  const fail = async (status: number, times: number): Promise<void> => {
    for (let call = 0; call < times; call += 1) await outcome(() => Promise.reject(statusError(status)));
  };

  it("opens when most of the last calls failed, and then makes none", async () => {
    await fail(503, 9);
    expect(breaker.state()).to.equal("closed");
    await fail(500, 1);
    expect(breaker.state()).to.equal("open");
    expect(await outcome(() => expect.fail("must not be made"))).to.equal("MODEL_DOWN");
    expect(log.lines.map(({ level, fields }) => [level, fields.nextTryInMs])).to.deep.equal([
      ["warn", 10_000],
    ]);
  });

  it("stays closed while more than half are answered", async () => {
    for (let round = 0; round < 20; round += 1) {
      expect(await outcome(ANSWERED)).to.equal("answered");
      await fail(503, 1);
    }
    expect(breaker.state()).to.equal("closed");
  });

  for (const [what, error] of [
    ["too many calls", statusError(429)],
    ["refused calls", statusError(400)],
    ["cancelled questions", new Error("cancelled")],
  ] as const) {
    it(`takes no offence at ${what}`, async () => {
      for (let call = 0; call < 50; call += 1) await outcome(() => Promise.reject(error));
      expect(breaker.state()).to.equal("closed");
    });
  }

  it("lets one call through after ten seconds, nobody else meanwhile, and closes when that is answered", async () => {
    await fail(503, 10);
    await clock.advance(9_999);
    expect(breaker.admits()).to.equal(false);
    await clock.advance(1);
    expect(breaker.admits()).to.equal(true);
    let answer = (_text: string): void => {};
    const probe = outcome(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    expect(breaker.state()).to.equal("half-open");
    expect(await outcome(() => expect.fail("must not be made"))).to.equal("MODEL_DOWN");
    answer("back");
    expect(await probe).to.equal("back");
    expect(breaker.state()).to.equal("closed");
    expect(log.lines.at(-1)).to.include({ level: "info", message: "Gemini is back" });
  });

  it("waits twice as long after each probe that failed, up to two minutes", async () => {
    await fail(503, 10);
    const pauses: number[] = [];
    for (let probe = 0; probe < 6; probe += 1) {
      let waitedMs = 0;
      for (; !breaker.admits(); waitedMs += 1_000) await clock.advance(1_000);
      pauses.push(waitedMs);
      await fail(503, 1);
    }
    expect(pauses).to.deep.equal([10_000, 20_000, 40_000, 80_000, 120_000, 120_000]);
  });

  for (const [what, call] of [
    ["ends quietly", ANSWERED],
    ["breaks off", () => Promise.reject(statusError(503))],
    ["throws the reason", () => Promise.reject(new Error("cancelled"))],
  ] as const) {
    it(`learns nothing from a cancelled probe that ${what}: the next call is the probe, without another pause`, async () => {
      await fail(503, 10);
      await clock.advance(10_000);
      await outcome(call, AbortSignal.abort(new Error("cancelled")));
      expect(breaker.state()).to.equal("open");
      expect(breaker.admits()).to.equal(true);
      await fail(503, 1);
      expect([breaker.state(), breaker.admits()]).to.deep.equal(["open", false]);
    });
  }

  it("takes no offence at calls that break off because they were cancelled", async () => {
    const cancelled = AbortSignal.abort(new Error("cancelled"));
    for (let count = 0; count < 50; count += 1) {
      await outcome(() => Promise.reject(statusError(503)), cancelled);
    }
    expect(breaker.state()).to.equal("closed");
  });

  it("opens when the model's silence ends the calls", async () => {
    for (let count = 0; count < 10; count += 1) {
      const silence = modelTimeout();
      await outcome(() => Promise.reject(silence), AbortSignal.abort(silence));
    }
    expect(breaker.state()).to.equal("open");
  });

  it("opens again at the next failure when its probe was cancelled and told nothing", async () => {
    await fail(503, 10);
    await clock.advance(10_000);
    await outcome(() => Promise.reject(new Error("cancelled")));
    await fail(503, 1);
    expect(breaker.state()).to.equal("open");
  });
});
