import { expect } from "chai";
import Fastify from "fastify";
import { AppError } from "../../lib/core/index.ts";
import { checkReadiness, type ReadinessSources, registerHealth } from "../../lib/web/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

describe("health", () => {
  async function ask(changes: Partial<ReadinessSources>): Promise<{ status: number; checks: unknown }> {
    const clock = new FakeClock();
    clock.setWallClock(-3_600_000); // nothing here depends on the time of day
    const sources = {
      pingDatabase: () => Promise.resolve(),
      lastPolledAt: () => clock.monotonic() - 50_000,
      intakeProblem: () => null,
      inboxAgeMs: () => 0,
      outbox: () => undefined,
      operatorsProblem: () => null,
      ...changes,
    };
    const app = Fastify();
    registerHealth(app, () => checkReadiness(sources, clock));
    const response = await app.inject("/readyz");
    const alive = await app.inject("/healthz");
    expect(alive.json()).to.deep.equal({ status: "ok" });
    return { status: response.statusCode, checks: response.json<{ checks: unknown }>().checks };
  }

  it("is ready when the database answers, Telegram was polled and nothing is stuck", async () => {
    expect(await ask({})).to.deep.equal({
      status: 200,
      checks: { database: "ok", polling: "ok", inbox: "ok", outbox: "ok", operators: "ok" },
    });
  });

  it("reports a database that does not answer", async () => {
    const failure = new AppError("mongodb://somebody:secret@host", { code: "NO_ANSWER" });
    const { status, checks } = await ask({ pingDatabase: () => Promise.reject(failure) });
    expect(status).to.equal(503);
    expect(checks).to.include({ database: "the database does not answer (NO_ANSWER)", polling: "ok" });
  });

  it("reports a Redis that does not answer, where there are several instances", async () => {
    expect((await ask({ redisProblem: () => null })).checks).to.include({ redis: "ok" });
    const { status, checks } = await ask({ redisProblem: () => "Redis has not answered for 5 s" });
    expect(status).to.equal(503);
    expect(checks).to.include({ redis: "Redis has not answered for 5 s" });
  });

  it("reports what Telegram says about a webhook that fails", async () => {
    const problem = "Telegram cannot deliver updates: Wrong response from the webhook: 502 Bad Gateway";
    const { status, checks } = await ask({ intakeProblem: () => problem });
    expect(status).to.equal(503);
    expect(checks).to.include({ polling: problem });
  });

  it("reports that Telegram answered no poll for 90 s, or never", async () => {
    const never = await ask({ lastPolledAt: () => undefined });
    expect(never.checks).to.include({ polling: "Telegram has not answered yet" });
    const now = new FakeClock().monotonic();
    const late = await ask({ lastPolledAt: () => now - 91_000 });
    expect(late.status).to.equal(503);
    expect(late.checks).to.include({ polling: "Telegram has not answered for 91 s" });
    expect((await ask({ lastPolledAt: () => now - 89_000 })).status).to.equal(200);
  });

  it("reports messages that are unsent, paused by Telegram or given up", async () => {
    const idle = { oldestMs: 0, givenUp: 0, longPauses: 0, longestPauseMs: 0, pausedBot: false };
    const outbox = async (changes: Partial<typeof idle>): Promise<unknown> => {
      const { status, checks } = await ask({ outbox: () => ({ ...idle, ...changes }) });
      return [status, (checks as { outbox: string }).outbox];
    };
    expect(await outbox({ oldestMs: 300_000, longestPauseMs: 30_000 })).to.deep.equal([200, "ok"]);
    expect(await outbox({ oldestMs: 301_000 })).to.deep.equal([
      503,
      "the oldest unsent message has waited for 301 s",
    ]);
    expect(await outbox({ longPauses: 2, longestPauseMs: 90_000 })).to.deep.equal([
      503,
      "Telegram has paused chats (2) for 90 s",
    ]);
    expect(
      await outbox({ longPauses: 1, longestPauseMs: 90_000, pausedBot: true, givenUp: 3 }),
    ).to.deep.equal([503, "Telegram has paused the bot for 90 s; messages given up in the last 10 min: 3"]);
  });

  it("reports a stuck update", async () => {
    const { status, checks } = await ask({ inboxAgeMs: () => 400_000 });
    expect(status).to.equal(503);
    expect(checks).to.include({ inbox: "the oldest update has waited for 400 s" });
  });

  it("says that operators cannot be reached", async () => {
    const { status, checks } = await ask({ operatorsProblem: () => "an alert reached no operator" });
    expect(status).to.equal(503);
    expect(checks).to.include({ operators: "an alert reached no operator" });
  });
});
