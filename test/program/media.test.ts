import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createSimulation, type Simulation } from "../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../support/few-pages.ts";

const ANN = { userId: 1001, firstName: "Ann" };
const GROUP = -42;
const PNG = Buffer.from(
  "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082",
  "hex",
);
const VOICE = Buffer.concat([
  Buffer.from("OggS"),
  Buffer.alloc(24),
  Buffer.from("OpusHead"),
  Buffer.alloc(64),
]);

describe("the whole program, with media", () => {
  let simulation: Simulation;

  beforeEach(async () => {
    simulation = await createSimulation({
      isPlain: true,
      pages: FEW_PAGES,
      respond: ({ question }) => `You asked: ${question.slice(0, 40)}`,
      latency: () => ({ firstMs: 0, totalMs: 20 }),
    });
  });

  afterEach(() => simulation.close());

  /** Resolves once the bot has sent a matching text. */
  const seen = (pattern: RegExp, chatId = ANN.userId): Promise<unknown> =>
    simulation.telegram.waitFor(() =>
      simulation.telegram
        .chat(chatId)
        ?.messages.some(({ from, text = "" }) => from.is_bot && pattern.test(text)),
    );

  const lastCall = () => simulation.model.calls.at(-1);
  const filesLeft = async (): Promise<string[]> => {
    const entries = await readdir(join(simulation.dataFolder, "incoming"), {
      recursive: true,
      withFileTypes: true,
    });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  };

  it("answers an album as one question with all its pictures, and keeps none of them", async () => {
    await simulation.startBot();
    const album = ["Is this a rash?", "And this?"].map((caption, index) => ({
      kind: "photo" as const,
      content: Buffer.concat([PNG, Buffer.alloc(index)]),
      caption,
    }));
    await simulation.telegram.sendFiles(ANN, album);
    await seen(/^You asked: Is this a rash\?\nAnd this\?/);
    expect(simulation.model.calls).to.have.lengthOf(1);
    expect(lastCall()?.files.map(({ mimeType }) => mimeType)).to.deep.equal(["image/png", "image/png"]);
    expect(await filesLeft()).to.deep.equal([]);
  });

  it("answers a voice message, and says kindly what it cannot open", async () => {
    await simulation.startBot();
    await simulation.telegram.sendFiles(ANN, [{ kind: "voice", content: VOICE }]);
    await seen(/^You asked: Please listen/);
    expect(lastCall()?.files).to.deep.equal([{ mimeType: "audio/ogg", sizeBytes: VOICE.length }]);
    const zip = Buffer.concat([Buffer.from("504b0304", "hex"), Buffer.alloc(64)]);
    const document = { kind: "document" as const, name: "all.zip", content: zip };
    await simulation.telegram.sendFiles(ANN, [document]);
    await seen(/cannot open this kind of file/);
    expect(simulation.model.calls).to.have.lengthOf(1);
  });

  it("answers a text that Telegram split into three messages as one question, even over a kill", async () => {
    const parts = ["a".repeat(4096), "b".repeat(4096), "and then what?"];
    for (const part of parts) await simulation.telegram.sendText(ANN, part);
    const killed = await simulation.startBot();
    await simulation.telegram.waitFor(() => simulation.telegram.pendingUpdates() === 0);
    await killed.end("SIGKILL");
    await simulation.startBot();
    await seen(/^You asked: aaa/);
    await simulation.telegram.sendText(ANN, "more?");
    await seen(/^You asked: more\?/);
    expect(simulation.botTexts(ANN.userId).filter((text) => text.startsWith("You asked"))).to.have.lengthOf(
      2,
    );
    const asked = simulation.model.calls.map(({ turns }) => turns.at(-1)?.text ?? "");
    for (const text of asked.slice(0, -1)) expect(text).to.include(parts.join(""));
  });

  it("continues a group's conversation in the supergroup it becomes", async () => {
    await simulation.startBot();
    await simulation.telegram.createGroup({ chatId: GROUP, title: "Class", isBasic: true });
    const ask = async (chatId: number, text: string): Promise<void> => {
      await simulation.telegram.sendText(ANN, `@${simulation.telegram.bot.username} ${text}`, { chatId });
      await seen(new RegExp(`^You asked: ${text}`), chatId);
    };
    await ask(GROUP, "one");
    await ask(await simulation.telegram.upgradeGroup(GROUP), "two");
    const turns = lastCall()?.turns.map(({ text }) => text) ?? [];
    expect(turns.join("\n")).to.match(/one[\s\S]*two/);
  });
});
