import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import type { BotProcess } from "../../scripts/simulate/bot/bot-process.ts";
import { createSimulation, type Simulation } from "../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../support/few-pages.ts";
import { filesUnder } from "../support/files-under.ts";

const ANN = { userId: 987_654_321, firstName: "Ann" };
const BEN = { userId: 912_345_678, firstName: "Ben" };

/** Searches the bytes of every file of the data folder, as somebody would who got hold of the disk. */
describe("what a person erases, on the disk", () => {
  let simulation: Simulation;
  let bot: BotProcess;
  let anns: string[];
  let bens: string[];

  beforeEach(async () => {
    simulation = await createSimulation({
      isPlain: true,
      pages: FEW_PAGES,
      respond: ({ question }) => `You asked: ${question}`,
    });
    bot = await simulation.startBot();
    anns = sentences();
    bens = sentences();
    for (const [index, text] of anns.entries()) {
      await ask(ANN, text);
      await ask(BEN, bens[index] ?? "");
    }
  });

  afterEach(() => simulation.close());

  /** Short and long ones, which the database keeps in different places. */
  function sentences(): string[] {
    return [0, 10, 300, 1_000, 2_500, 3_500].map(
      // No word twice: an answer that repeats itself is cut off.
      (length) =>
        `my secret ${randomUUID()} ${Array.from({ length: length / 6 }, (_, word) => `${10_000 + word}`).join(" ")}`,
    );
  }

  async function ask(person: typeof ANN, text: string): Promise<void> {
    await simulation.telegram.sendText(person, text);
    const secret = text.slice(0, 40);
    await simulation.telegram.waitFor(() =>
      simulation.botTexts(person.userId).some((answer) => answer.includes(secret)),
    );
  }

  async function forget(): Promise<void> {
    const { telegram } = simulation;
    await telegram.sendText(ANN, "/forget");
    const { message, data } = await telegram.waitFor(() => {
      for (const asking of telegram.chat(ANN.userId)?.messages ?? []) {
        const markup = asking.reply_markup;
        const buttons = markup && "inline_keyboard" in markup ? markup.inline_keyboard.flat() : [];
        const yes = buttons.find(({ callback_data }) => callback_data?.startsWith("forget:yes"));
        if (yes) return { message: asking.message_id, data: yes.callback_data ?? "" };
      }
      return undefined;
    });
    await telegram.pressButton(ANN.userId, ANN.userId, message, data);
    await telegram.waitFor(() => simulation.botTexts(ANN.userId).some((text) => /erased/.test(text)));
  }

  /** The secrets that are in any file. */
  async function onDisk(texts: readonly string[]): Promise<string[]> {
    const paths = await filesUnder(simulation.dataFolder);
    const files = await Promise.all(paths.map((path) => readFile(path).catch(() => Buffer.alloc(0))));
    const secrets = texts.map((text) => text.slice(10, 46));
    return secrets.filter((secret) => files.some((bytes) => bytes.includes(secret)));
  }

  async function untilGone(): Promise<void> {
    while ((await onDisk(anns)).length > 0) await pause(20);
  }

  it("is gone from the raw files soon, while what others wrote is kept", async () => {
    expect(await onDisk(anns)).to.have.length(anns.length);
    await forget();
    await untilGone();
    expect(await onDisk(bens)).to.have.length(bens.length);
    await bot.end("SIGTERM");
    expect(await onDisk(anns)).to.deep.equal([]);
  });

  it("is gone after a stop that follows at once", async () => {
    await forget();
    await bot.end("SIGTERM");
    expect(await onDisk(anns)).to.deep.equal([]);
    expect(await onDisk(bens)).to.have.length(bens.length);
  });

  it("is gone at the latest after the start that follows a kill", async () => {
    await forget();
    await bot.end("SIGKILL");
    await simulation.startBot();
    await untilGone();
    expect(await onDisk(bens)).to.have.length(bens.length);
  });
});
