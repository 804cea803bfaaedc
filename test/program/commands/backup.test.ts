import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";
import { createSimulation, type Simulation } from "../../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../../support/few-pages.ts";
import { type BuiltCommand, buildCommand } from "../../support/program/built-command.ts";

const ANN = { userId: 1001, firstName: "Ann" };

describe("the bot's data", () => {
  let commands: Record<"backup" | "restore" | "move-data", BuiltCommand>;
  let simulation: Simulation;
  let folder: string;

  before(async () => {
    const [backup, restore, move] = await Promise.all(["backup", "restore", "move-data"].map(buildCommand));
    if (!backup || !restore || !move) throw new Error("not built");
    commands = { backup, restore, "move-data": move };
  });
  after(() => Promise.all(Object.values(commands).map((command) => command.remove())));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "helpline-data-"));
    simulation = await createSimulation({
      isPlain: true,
      pages: FEW_PAGES,
      respond: ({ question }) => `You asked: ${question}`,
      latency: () => ({ firstMs: 0, totalMs: 20 }),
    });
  });
  afterEach(async () => {
    await simulation.close();
    await rm(folder, { recursive: true });
  });

  async function replyTo(text: string): Promise<string> {
    const before = simulation.botTexts(ANN.userId).length;
    await simulation.telegram.sendText(ANN, text);
    return simulation.telegram.waitFor(() => simulation.botTexts(ANN.userId)[before]);
  }

  const turnsOfLastCall = (): string[] => simulation.model.calls.at(-1)?.turns.map(({ text }) => text) ?? [];

  it("is backed up while the bot answers, and is there again where it is restored", async function () {
    this.timeout(300_000); // encrypting takes long on a busy machine
    let bot = await simulation.startBot();
    expect(await replyTo("one?")).to.equal("You asked: one?");
    const file = join(folder, "helpline.archive.gz");
    const environment = { DATA_DIR: simulation.dataFolder, BACKUP_PASSPHRASE: "four words of mine" };
    const { code, output, errors } = await commands.backup.run([file], environment);
    expect(errors).to.equal("");
    expect(code).to.equal(0);
    expect(output)
      .to.match(/people +1\n/)
      .and.match(/encrypted, and read again\.\n$/);
    expect(await readdir(simulation.dataFolder)).to.satisfy((names: string[]) =>
      names.every((name) => !name.startsWith("backup")),
    );
    expect(await replyTo("two?")).to.equal("You asked: two?");
    const inUse = await commands.restore.run([file, "--replace"], environment);
    expect(inUse.errors).to.include("in use by process");
    await bot.end("SIGTERM");

    const elsewhere = { DATA_DIR: join(folder, "data"), BACKUP_PASSPHRASE: "four words of mine" };
    expect((await commands.restore.run([file, "--check"], elsewhere)).output).to.include("complete");
    expect((await commands.restore.run([file], elsewhere)).errors).to.equal("");
    bot = await simulation.startBot({ DATA_DIR: elsewhere.DATA_DIR });
    expect(await replyTo("three?")).to.equal("You asked: three?");
    expect(turnsOfLastCall().slice(0, 2)).to.deep.equal(["one?", "You asked: one?"]);
    expect(turnsOfLastCall()).not.to.include("two?");
    expect((await commands.restore.run([file], elsewhere)).errors).to.include("in use by process");
    await bot.end("SIGTERM");
    expect((await commands.restore.run([file], elsewhere)).errors).to.include("has data already");
  });

  it("moves to a MongoDB and back, with nothing lost", async () => {
    const mongo: EmbeddedMongo = await startEmbeddedMongo({ clock: systemClock, logger: silentLogger });
    try {
      const embedded = { DATA_DIR: simulation.dataFolder };
      let bot = await simulation.startBot();
      expect(await replyTo("one?")).to.equal("You asked: one?");
      const refused = await commands["move-data"].run(["--to", mongo.uri], embedded);
      expect(refused.errors).to.include("in use by process");
      await bot.end("SIGTERM");
      const moved = await commands["move-data"].run(["--to", mongo.uri], embedded);
      expect(moved.errors).to.equal("");
      expect(moved.output)
        .to.match(/people +1 +[0-9a-f]{16}\n/)
        .and.include("the same in both databases");

      bot = await simulation.startBot({ MONGODB_URI: mongo.uri });
      expect(await replyTo("two?")).to.equal("You asked: two?");
      expect(turnsOfLastCall().slice(0, 2)).to.deep.equal(["one?", "You asked: one?"]);
      await bot.end("SIGTERM");

      const back = { MONGODB_URI: mongo.uri, DATA_DIR: join(folder, "data") };
      const running = await commands["move-data"].run(["--to", "embedded"], back);
      expect(running.errors).to.include("A bot seems to be running");
      expect((await commands["move-data"].run(["--to", "embedded", "--force"], back)).errors).to.equal("");
      bot = await simulation.startBot({ DATA_DIR: back.DATA_DIR });
      expect(await replyTo("three?")).to.equal("You asked: three?");
      expect(turnsOfLastCall().slice(0, 4)).to.include.members(["one?", "two?"]);
      await bot.end("SIGTERM");
    } finally {
      await mongo.close();
    }
  });
});
