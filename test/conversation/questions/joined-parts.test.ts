import { expect } from "chai";
import { joinParts } from "../../../lib/conversation/questions/joined-parts.ts";
import type { Message, Update } from "../../../lib/telegram/index.ts";

const ANN = { id: 100, is_bot: false, first_name: "Ann" };
const BEN = { id: 101, is_bot: false, first_name: "Ben" };
const CHAT = { id: 100, type: "private" as const, first_name: "Ann" };

/** The updates of messages, numbered from 1. */
function updatesOf(...messages: Partial<Message>[]): Update[] {
  return messages.map((fields, index) => ({
    update_id: index + 1,
    message: { message_id: index + 1, date: 0, chat: CHAT, from: ANN, ...fields } as Message,
  }));
}

/** Joins the first message with those that wait behind it. */
async function joined(...messages: Partial<Message>[]) {
  const [first, ...behind] = updatesOf(...messages);
  if (!first) throw new Error("no message");
  let wasAsked = false;
  const whole = await joinParts(
    { seq: 1, chatKey: "chat:100", update: first },
    {
      join: async (follows) => {
        wasAsked = true;
        const end = behind.findIndex((update) => !follows(update));
        const taken = end < 0 ? behind : behind.slice(0, end);
        return taken.map((update) => ({ seq: update.update_id, update }));
      },
    },
  );
  return { ...whole, message: whole.update.message, wasAsked };
}

describe("The parts of a message", () => {
  it("are not waited for behind an ordinary message", async () => {
    const { wasAsked, parts, lastSeq } = await joined({ text: "short" }, { text: "next" });
    expect(wasAsked).to.equal(false);
    expect(parts).to.have.lengthOf(1);
    expect(lastSeq).to.equal(1);
  });

  it("make one long text: a full part continues inside a word, a shorter one after a line break", async () => {
    const full = "a".repeat(4096);
    const atBreak = "b".repeat(3000);
    const { message, parts, lastSeq } = await joined({ text: full }, { text: atBreak }, { text: "end" });
    expect(message?.text).to.equal(`${full}${atBreak}\nend`);
    expect(parts).to.have.lengthOf(3);
    expect(lastSeq).to.equal(3);
  });

  it("go on as the part before them ended, whatever the length of all so far", async () => {
    const [one, two, three] = ["a".repeat(3000), "b".repeat(4096), "end"];
    const { message } = await joined({ text: one }, { text: two }, { text: three });
    expect(message?.text).to.equal(`${one}\n${two}${three}`);
  });

  it("are joined only up to the length of a question", async () => {
    const { message, parts } = await joined(
      ...Array.from({ length: 250 }, () => ({ text: "a".repeat(4096) })),
    );
    expect(parts).to.have.lengthOf(250);
    expect(message?.text).to.have.lengthOf.within(20_001, 30_000);
  });

  it("end with the first that Telegram had no reason to cut", async () => {
    const { parts } = await joined({ text: "a".repeat(4096) }, { text: "end" }, { text: "another" });
    expect(parts).to.have.lengthOf(2);
  });

  it("are all messages that were forwarded at once in a private chat", async () => {
    const forward_origin = { type: "hidden_user" as const, date: 0, sender_user_name: "X" };
    const { message, parts } = await joined(
      { text: "One.", forward_origin },
      { text: "Two.", forward_origin },
      { text: "mine" },
    );
    expect(message?.text).to.equal("One.\nTwo.");
    expect(parts).to.have.lengthOf(2);
  });

  const strangers: [string, Partial<Message>][] = [
    ["another person's", { text: "b", from: BEN }],
    ["a command", { text: "/help" }],
    ["a picture", { photo: [] }],
    ["written later", { text: "b", date: 60 }],
    ["forwarded", { text: "b", forward_origin: { type: "hidden_user", date: 0, sender_user_name: "X" } }],
  ];
  for (const [name, fields] of strangers) {
    it(`are not joined by a message that is ${name}`, async () => {
      const { parts } = await joined({ text: "a".repeat(4096) }, fields);
      expect(parts).to.have.lengthOf(1);
    });
  }

  it("are the files of an album, with the captions of all", async () => {
    const album = { media_group_id: "9" };
    const { message, parts } = await joined(
      { ...album, photo: [], caption: "one" },
      { ...album, photo: [] },
      { ...album, photo: [], caption: "two" },
      { media_group_id: "10", photo: [] },
    );
    expect(parts).to.have.lengthOf(3);
    expect(message?.caption).to.equal("one\ntwo");
  });
});
