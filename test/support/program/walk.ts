import { expect } from "chai";
import {
  createSimulation,
  type SimulatedProvider,
  type Simulation,
} from "../../../scripts/simulate/simulation.ts";

const ANN = { userId: 1001, firstName: "Ann" };
const PNG = Buffer.from(
  "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082",
  "hex",
);

/** The suite of a walk through the program, as it was built, with a simulated model of this provider. */
export function describeWalk(provider: SimulatedProvider): void {
  describe(`a walk through the whole program with a model of ${provider}`, () => {
    let simulation: Simulation;
    const settings: Record<string, string> = provider === "openai" ? { OPENAI_INPUT: "image" } : {};

    before(async () => {
      simulation = await createSimulation({
        provider,
        respond: ({ question }) => `You asked: ${question}`,
        latency: () => ({ firstMs: 0, totalMs: 20 }),
      });
    });
    after(() => simulation.close());

    const messages = () =>
      simulation.telegram.chat(ANN.userId)?.messages.filter(({ from }) => from?.is_bot) ?? [];
    /** Resolves once a message of the bot matches. */
    const seen = (pattern: RegExp) =>
      simulation.telegram.waitFor(() => messages().find(({ text = "" }) => pattern.test(text)));
    const lastCall = () => simulation.model.calls.at(-1);

    let pressedId = 0;
    /** Presses the button with this label once a later message than the last one pressed has it. */
    async function press(label: string): Promise<void> {
      const pressed = await simulation.telegram.waitFor(() =>
        messages()
          .flatMap(({ message_id, reply_markup }) => {
            const rows =
              reply_markup && "inline_keyboard" in reply_markup ? reply_markup.inline_keyboard : [];
            return rows
              .flat()
              .map(({ text, callback_data = "" }) => ({ text, data: callback_data, message_id }));
          })
          .find((button) => button.message_id > pressedId && button.text === label),
      );
      pressedId = pressed.message_id;
      await simulation.telegram.pressButton(ANN.userId, ANN.userId, pressed.message_id, pressed.data);
    }

    it("greets, guides, answers, looks at a photo, and keeps the conversation over a restart", async () => {
      const bot = await simulation.startBot(settings);
      await simulation.telegram.sendText(ANN, "/start");
      await seen(/Hello, I'm Helpline/);
      for (const choice of ["English", "18 or over", "Skip"]) await press(choice);
      await seen(/Write me your question/);
      await simulation.telegram.sendText(ANN, "one?");
      await seen(/^You asked: one\?$/);
      await simulation.telegram.sendFiles(ANN, [{ kind: "photo", content: PNG, caption: "Is this a rash?" }]);
      await seen(/^You asked: Is this a rash\?$/);
      expect(lastCall()?.files.map(({ mimeType }) => mimeType)).to.deep.equal(["image/png"]);
      expect(await bot.end("SIGTERM")).to.equal(0);
      await simulation.startBot(settings);
      await simulation.telegram.sendText(ANN, "two?");
      await seen(/^You asked: two\?$/);
      const turns = lastCall()?.turns.map(({ text }) => text) ?? [];
      expect(turns.slice(0, 2)).to.deep.equal(["one?", "You asked: one?"]);
      expect(turns.at(-1)).to.equal("two?");
    });
  });
}
