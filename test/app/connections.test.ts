import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { connect, startSandbox } from "../../lib/app/connections.ts";
import { readConfig } from "../../lib/config/index.ts";
import { silentLogger } from "../../lib/core/index.ts";
import { TelegramApi, type User } from "../../lib/telegram/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A Telegram that knows this bot. */
class KnownBot extends TelegramApi {
  readonly #bot: Partial<User>;

  constructor(bot: Partial<User>) {
    super({ token: "1:token" });
    this.#bot = bot;
  }

  override async getMe(): Promise<User> {
    return { id: 1, is_bot: true, first_name: "Helpline", ...this.#bot };
  }
}

describe("connecting to Telegram", () => {
  const linesFor = async (bot: Partial<User>): Promise<string[]> => {
    const lines: string[] = [];
    await connect(readConfig({}), {
      api: new KnownBot(bot),
      clock: new FakeClock(),
      logger: { ...silentLogger, info: (message) => lines.push(message) },
      random: () => 0.5,
      signal: new AbortController().signal,
    });
    return lines;
  };

  it("says once that privacy mode hides messages of groups from the bot", async () => {
    const lines = await linesFor({ can_join_groups: true, can_read_all_group_messages: false });
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include("Privacy mode").and.include("/setprivacy");
  });

  it("says nothing of it when the bot sees all messages, or may not join groups", async () => {
    expect(await linesFor({ can_join_groups: true, can_read_all_group_messages: true })).to.deep.equal([]);
    expect(await linesFor({ can_join_groups: false, can_read_all_group_messages: false })).to.deep.equal([]);
  });
});

describe("the simulated Telegram of a bot without a token", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "helpline-sandbox-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("repeats no id of an earlier one, whose updates a restored database has as handled", async () => {
    const clock = new FakeClock();
    const firstIds = async (): Promise<{ updateId: number; messageId: number }> => {
      const sandbox = { load: async () => [], save: async () => undefined };
      const config = readConfig({ DATA_DIR: folder });
      const { telegram } = await startSandbox(config, { sandbox }, { clock, logger: silentLogger });
      const { updateId, messageId } = await telegram.sendText({ userId: 1001 }, "hello");
      await telegram.stop();
      return { updateId, messageId };
    };
    const before = await firstIds();
    await clock.advance(60_000);
    const after = await firstIds();
    expect(after.updateId).to.be.above(before.updateId + 10);
    expect(after.messageId).to.be.above(before.messageId + 10);
  });
});
