import { expect } from "chai";
import { type LogFields, type Logger, silentLogger } from "../../lib/core/index.ts";
import { Webhook } from "../../lib/telegram/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { failing, refused } from "../support/fake-telegram.ts";

const URL = "https://bot.example/telegram";

describe("the webhook's registration", () => {
  let clock: FakeClock;
  let set: Record<string, unknown>[];
  let info: Record<string, unknown>;
  let failures: Error[];
  let identities: Error[];
  let fatal: Error[];
  let warnings: [string, LogFields | undefined][];
  let webhook: Webhook;

  beforeEach(() => {
    clock = new FakeClock();
    set = [];
    info = { url: URL, pending_update_count: 0 };
    failures = [];
    identities = [];
    fatal = [];
    warnings = [];
    const logger: Logger = { ...silentLogger, warn: (message, fields) => warnings.push([message, fields]) };
    webhook = new Webhook({
      api: {
        async setWebhook(params) {
          const failure = failures.shift();
          if (failure) throw failure;
          set.push({ ...params });
          return true;
        },
        getWebhookInfo: async () => info as never,
        async getMe() {
          const failure = identities.shift();
          if (failure) throw failure;
          return { id: 1, is_bot: true, first_name: "Bot" };
        },
      },
      url: URL,
      secret: "s3cret-of-16-letters",
      clock,
      logger,
      random: () => 0.5,
      onFatal: (error) => fatal.push(error),
    });
    webhook.start();
  });

  afterEach(() => webhook.stop());

  it("is set once, with the secret, and without dropping what waits", async () => {
    await clock.advance(120_000);
    expect(set).to.have.length(1);
    expect(set[0]).to.include({
      url: URL,
      secret_token: "s3cret-of-16-letters",
      drop_pending_updates: false,
    });
    expect(set[0]?.allowed_updates).to.include.members(["message", "callback_query"]);
    expect(clock.monotonic() - (webhook.lastAnsweredAt ?? 0)).to.be.at.most(30_000);
  });

  it("is set again when somebody changed it", async () => {
    await clock.advance(1_000);
    info = { url: "", pending_update_count: 0 };
    await clock.advance(30_000);
    expect(set).to.have.length(2);
    expect(warnings[0]?.[0]).to.match(/Another program/);
  });

  it("says why Telegram does not deliver, for as long as it does not", async () => {
    const last_error_date = Math.floor(clock.now() / 1000) + 20;
    const last_error_message = "Wrong response from the webhook: 502 Bad Gateway";
    info = { url: URL, pending_update_count: 3, last_error_date, last_error_message };
    await clock.advance(30_000);
    expect(webhook.problem).to.equal(`Telegram cannot deliver updates: ${last_error_message}`);
    expect(warnings).to.have.length(1);
    info = { ...info, pending_update_count: 0 };
    await clock.advance(30_000);
    expect(webhook.problem).to.equal(null);
  });

  it("is tried again while Telegram is away, with one warning", async () => {
    await clock.advance(0);
    info = { url: "", pending_update_count: 0 };
    failures = [refused("Bad Gateway", 502), refused("Bad Gateway", 502), refused("Bad Gateway", 502)];
    await clock.advance(60_000);
    expect(set).to.have.length.above(1);
    expect(warnings.filter(([message]) => message.startsWith("The webhook could not be set"))).to.have.length(
      1,
    );
  });

  it("ends when the token is refused again and again", async () => {
    await clock.advance(0);
    const unauthorized = () => failing({ kind: "unauthorized" });
    info = { url: "", pending_update_count: 0 };
    failures = [unauthorized()];
    identities = [unauthorized(), unauthorized(), unauthorized()];
    await clock.advance(60_000);
    expect(fatal).to.have.length(1);
    expect(fatal[0]?.message).to.match(/TELEGRAM_BOT_TOKEN/);
  });
});
