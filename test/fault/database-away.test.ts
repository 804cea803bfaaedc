import { expect } from "chai";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../lib/embedded-mongo/index.ts";
import { createSimulation, type Simulation } from "../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../support/few-pages.ts";
import { startRefusingMongo } from "../support/servers/refusing-mongo.ts";
import { startTcpProxy, type TcpProxy, throughProxy } from "../support/servers/tcp-proxy.ts";

const WRITES = ["insert", "update", "delete", "findAndModify"];
const ANN = { userId: 1001, firstName: "Ann" };
const BEN = { userId: 1002, firstName: "Ben" };

describe("a database outage", () => {
  let database: EmbeddedMongo;
  let wire: TcpProxy;
  let simulation: Simulation;

  beforeEach(async () => {
    database = await startEmbeddedMongo({ clock: systemClock, logger: silentLogger });
    wire = await startTcpProxy(database.port);
    simulation = await createSimulation({
      isPlain: true,
      pages: FEW_PAGES,
      respond: ({ question }) => `Answer to ${question}`,
      latency: () => ({ firstMs: 0, totalMs: 300 }),
    });
  });

  afterEach(async () => {
    await simulation.close();
    await wire.cut();
    await database.close();
  });

  it("loses no question: those in progress and those asked meanwhile are answered once, in order", async () => {
    const { telegram, model } = simulation;
    const bot = await simulation.startBot({ MONGODB_URI: throughProxy(database.uri, wire.port) });
    await telegram.sendText(ANN, "in progress?");
    await model.waitUntil(({ inFlight }) => inFlight === 1);
    await wire.cut();
    await telegram.sendText(ANN, "meanwhile?");
    await telegram.sendText(BEN, "me too?");
    await bot.waitForOutput("updates could not be stored");
    expect(telegram.pendingUpdates()).to.be.greaterThan(0);
    await wire.restore();
    await telegram.waitFor(
      () => simulation.botTexts(ANN.userId).length >= 2 && simulation.botTexts(BEN.userId).length >= 1,
    );
    expect(simulation.botTexts(ANN.userId)).to.deep.equal(["Answer to in progress?", "Answer to meanwhile?"]);
    expect(simulation.botTexts(BEN.userId)).to.deep.equal(["Answer to me too?"]);
    await telegram.waitFor(() => telegram.pendingUpdates() === 0);
    expect(await bot.end("SIGTERM")).to.equal(0);
    expect(bot.output()).not.to.include("Error processing question");
  });

  it("lets a question in progress wait while a hosted database refuses writes, and answers it afterwards", async () => {
    const { telegram, model } = simulation;
    const proxy = await startRefusingMongo(database.port);
    const bot = await simulation.startBot({ MONGODB_URI: throughProxy(database.uri, proxy.port) });
    await telegram.sendText(ANN, "in progress?");
    await model.waitUntil(({ inFlight }) => inFlight === 1);
    const errmsg = "you are over your space quota, using 513 MB of 512 MB";
    proxy.refuse(WRITES, { ok: 0, code: 8000, codeName: "AtlasError", errmsg });
    await bot.waitForOutput("updates wait");
    proxy.refuse([]);
    await telegram.waitFor(() => simulation.botTexts(ANN.userId).length >= 1);
    expect(simulation.botTexts(ANN.userId)).to.deep.equal(["Answer to in progress?"]);
    expect(await bot.end("SIGTERM")).to.equal(0);
    expect(bot.output()).not.to.include("An update failed");
    await proxy.close();
  });
});
