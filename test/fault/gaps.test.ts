import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { type Db, MongoClient } from "mongodb";
import type { Content } from "../../lib/content/index.ts";
import { migrate } from "../../lib/store/migrations.ts";
import { testDatabaseUri } from "../support/database.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { loadSample } from "../support/sample.ts";
import { readGapsDocument } from "./gaps/document.ts";
import { differences, type Outcome, outcomeOf } from "./gaps/outcome.ts";
import { ROWS, type Row } from "./gaps/rows.ts";
import { type Disturbance, World } from "./gaps/world.ts";

const HOUR_MS = 3_600_000;

describe("a kill in every gap between two durable steps", () => {
  let client: MongoClient;
  let db: Db;
  let content: Content;
  const gaps = readGapsDocument();
  const commands = { inFlight: 0 };

  before(async () => {
    client = await MongoClient.connect(await testDatabaseUri(), {
      monitorCommands: true,
      ignoreUndefined: true,
    });
    client.on("commandStarted", () => (commands.inFlight += 1));
    client.on("commandSucceeded", () => (commands.inFlight -= 1));
    client.on("commandFailed", () => (commands.inFlight -= 1));
    db = client.db(`gaps-${randomUUID()}`);
    await migrate(db, new FakeClock());
    const sample = await loadSample();
    content = { ...sample, bot: { ...sample.bot, feedback: { milestones: [], thumbs: true } } };
  });
  after(async () => {
    await db.dropDatabase();
    await client.close();
  });

  async function run(
    row: Row,
    disturbance: Partial<Disturbance> = {},
  ): Promise<{ world: World; outcome: Outcome }> {
    const names = (await db.listCollections().toArray()).map(({ name }) => name);
    await Promise.all(
      names.filter((name) => name !== "migrations").map((name) => db.collection(name).deleteMany({})),
    );
    const world = new World(db, content, commands, disturbance);
    try {
      await world.start();
      await row.before?.(world);
      world.beginCounting();
      await row.play(world);
      return { world, outcome: await outcomeOf(world) };
    } finally {
      world.close();
    }
  }

  it("has a row in docs/gaps.md for every kind of update", () => {
    expect([...gaps.kinds.keys()]).to.have.members(ROWS.map(({ name }) => name));
  });

  for (const row of ROWS) {
    it(`mends what a kill leaves of: ${row.name}`, async () => {
      const { world, outcome } = await run(row);
      const steps = world.steps.names;
      const kinds = [...new Set(steps)];
      const line = `| ${row.name} | ${kinds.join(" → ")} |`;
      expect(gaps.kinds.get(row.name), `docs/gaps.md should have the line ${line}`).to.have.members(kinds);
      expect(gaps.explained).to.include.members(kinds);
      const wrong: string[] = [];
      for (let cutAt = 1; cutAt <= steps.length; cutAt += 1) {
        const isPressAhead = row.isTimed && steps.slice(cutAt).includes("updates insert");
        const disturbance = {
          cutAt,
          wallClockMs: [0, -HOUR_MS, isPressAhead ? HOUR_MS : 24 * HOUR_MS][cutAt % 3] ?? 0,
          awayMs: [1_000, 5 * 60_000][cutAt % 2] ?? 0,
          isSwapped: cutAt % 4 > 1,
          ...(cutAt % 3 === 0 ? { nextCutAt: 1 + (cutAt % 7) } : {}),
        };
        const after = `after step ${cutAt}, ${steps[cutAt - 1]} (${JSON.stringify(disturbance)})`;
        try {
          const disturbed = await run(row, disturbance);
          const deaths = disturbance.nextCutAt === undefined ? 1 : 2;
          for (const what of differences(disturbed.outcome, outcome, deaths)) wrong.push(`${after}: ${what}`);
        } catch (error) {
          wrong.push(`${after}: ${String(error)}`);
        }
      }
      expect(steps.length).to.be.greaterThan(5);
      expect(wrong.length, wrong.join("\n")).to.equal(0);
    });
  }
});
