import { expect } from "chai";
import { silentLogger } from "../../lib/core/index.ts";
import { acknowledgePress, type Failure, TelegramError } from "../../lib/telegram/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

describe("Acknowledging a press", () => {
  let clock: FakeClock;
  let calls: unknown[];

  /** Fails in these ways, then succeeds. */
  async function acknowledge(...failures: Failure[]): Promise<void> {
    clock = new FakeClock();
    calls = [];
    const api = {
      async answerCallbackQuery(press: unknown) {
        calls.push(press);
        const failure = failures.shift();
        if (failure) throw new TelegramError("It failed", "TEST", failure);
        return true as const;
      },
    };
    const done = acknowledgePress(api, { callback_query_id: "7" }, { clock, logger: silentLogger });
    await clock.advance(10_000);
    await done;
  }

  it("is tried again after a broken connection, a 429 and a 5xx", async () => {
    await acknowledge(
      { kind: "unknown" },
      { kind: "not-sent" },
      { kind: "too-many-requests", retryAfterMs: 1 },
    );
    expect(calls).to.have.length(4);
  });

  it("is not tried again when Telegram refuses it", async () => {
    await acknowledge({ kind: "refused", errorCode: 400, description: "Bad Request: query is too old" });
    expect(calls).to.have.length(1);
  });

  it("ends after a few tries", async () => {
    await acknowledge(...Array.from({ length: 9 }, (): Failure => ({ kind: "unknown" })));
    expect(calls).to.have.length(4);
  });
});
