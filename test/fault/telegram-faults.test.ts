import { expect } from "chai";
import { createSimulation, type Simulation } from "../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../support/few-pages.ts";

const ANN = { userId: 1001, firstName: "Ann" };
const BEN = { userId: 1002, firstName: "Ben" };

describe("a failing Telegram", () => {
  let simulation: Simulation;

  beforeEach(async () => {
    simulation = await createSimulation({
      isPlain: true,
      pages: FEW_PAGES,
      respond: ({ question }) => `Answer to ${question}`,
    });
    await simulation.startBot();
  });

  afterEach(() => simulation.close());

  const answered = (userId: number, count: number) =>
    simulation.telegram.waitFor(() => simulation.botTexts(userId).length >= count);

  it("pauses only the chat that got a 429, and keeps its order", async () => {
    const { telegram } = simulation;
    telegram.faults.order({
      kind: "too-many-requests",
      retryAfterSeconds: 10, // longer than a cold bot takes for an answer on a busy machine
      method: "sendMessage",
      chatId: ANN.userId,
    });
    await telegram.sendText(ANN, "one?");
    await telegram.sendText(ANN, "two?");
    await telegram.sendText(BEN, "hello?");
    await answered(BEN.userId, 1);
    expect(simulation.botTexts(ANN.userId)).to.deep.equal([]);
    await answered(ANN.userId, 2);
    expect(simulation.botTexts(ANN.userId)).to.deep.equal(["Answer to one?", "Answer to two?"]);
  });

  it("sends an answer once despite a proxy's error pages", async () => {
    simulation.telegram.faults.order({ kind: "html502", method: "sendMessage", times: 2 });
    await simulation.telegram.sendText(ANN, "one?");
    await simulation.telegram.sendText(ANN, "two?");
    await answered(ANN.userId, 2);
    expect(simulation.botTexts(ANN.userId)).to.deep.equal(["Answer to one?", "Answer to two?"]);
  });

  it("repeats once a send whose connection broke after it took effect", async () => {
    simulation.telegram.faults.order({ kind: "reset", tookEffect: true, method: "sendMessage" });
    await simulation.telegram.sendText(ANN, "one?");
    await simulation.telegram.sendText(ANN, "two?");
    await answered(ANN.userId, 3);
    expect(simulation.botTexts(ANN.userId)).to.deep.equal([
      "Answer to one?",
      "Answer to one?",
      "Answer to two?",
    ]);
  });

  it("handles invalid updates, unknown kinds and a flood without harm to other chats", async () => {
    const { telegram } = simulation;
    await telegram.sendUpdate({ brand_new_kind: { deep: { $where: "1", "a.b": null } } });
    await telegram.sendUpdate({ message: "not a message" });
    await telegram.sendUpdate({ my_chat_member: {} });
    await telegram.sendUpdate({ callback_query: { id: "1", data: "x".repeat(100_000) } });
    await telegram.sendUpdate({ channel_post: { chat: { id: -100, type: "channel" }, text: "hello" } });
    for (let count = 1; count <= 100; count += 1) await telegram.sendText(ANN, `flood ${count}?`);
    await telegram.sendText(BEN, "hello?");
    await answered(BEN.userId, 1);
    await answered(ANN.userId, 100);
    await telegram.waitFor(() => telegram.pendingUpdates() === 0);
    expect(simulation.botTexts(ANN.userId)).to.deep.equal(
      Array.from({ length: 100 }, (_, index) => `Answer to flood ${index + 1}?`),
    );
  });
});
