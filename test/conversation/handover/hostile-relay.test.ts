import { expect } from "chai";
import type { MessageEntity } from "../../../lib/telegram/index.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { ANN, OPERATOR, OPERATORS, Scene } from "../scene.ts";

const MASKED = [{ type: "text_link", offset: 0, length: 8, url: "https://evil.example/login" }];
const SPELLED_OUT = "bank.com (https://evil.example/login)";

describe("what a hostile person sends in a hand-over", () => {
  const empty = useEmptyDatabase();
  let scene: Scene;

  beforeEach(async () => {
    scene = new Scene(empty.db, empty.content);
    await scene.press(ANN, "person:ask");
  });

  const lastCall = () => scene.telegram.calls.findLast(({ params }) => params.chat_id === OPERATORS.id);
  /** What is below the heading, and how it is marked. */
  function words(text: string, entities: unknown): string {
    const [quote, ...others] = entities as MessageEntity[];
    expect(others, "anything but one quotation").to.deep.equal([]);
    expect(quote?.type).to.equal("blockquote");
    const { offset = 0, length = 0 } = quote ?? {};
    expect(text.slice(0, offset)).to.match(/^(💬|✏️) #1 Ann\n$/u);
    expect(offset + length).to.equal(text.length);
    return text.slice(offset);
  }

  it("shows where a masked link leads", async () => {
    await scene.handle(scene.message(ANN, { text: "bank.com", entities: MASKED }));
    const { params } = lastCall() ?? {};
    expect(words(String(params?.text), params?.entities)).to.equal(SPELLED_OUT);
  });

  it("shows where a masked link in a caption leads, in each file of an album, and in an edit", async () => {
    const file = { photo: [{ file_id: "p" }], caption: "bank.com", caption_entities: MASKED };
    const [first, second] = [1, 2].map(() => scene.message(ANN, { ...file, media_group_id: "a" }));
    if (first && second) await scene.handle(first, 2, [{ seq: 3, update: second }]);
    const copies = scene.telegram.calls.filter(({ method }) => method === "copyMessage");
    expect(words(String(copies[0]?.params.caption), copies[0]?.params.caption_entities)).to.equal(
      SPELLED_OUT,
    );
    expect(copies[1]?.params.caption).to.equal(SPELLED_OUT);
    expect(JSON.stringify(copies)).not.to.include("text_link");
    await scene.edit(scene.message(ANN, { text: "x", entities: MASKED }), "bank.com");
    const { params } = lastCall() ?? {};
    expect(words(String(params?.text), params?.entities)).to.equal(SPELLED_OUT);
  });

  it("shows where a masked link leads when the caption is too long for a heading", async () => {
    const caption = `bank.com ${"x".repeat(1010)}`;
    await scene.handle(scene.message(ANN, { photo: [{ file_id: "p" }], caption, caption_entities: MASKED }));
    const copy = scene.telegram.calls.findLast(({ method }) => method === "copyMessage");
    expect(copy?.params).to.deep.include({ caption: "", caption_entities: [] });
    expect(lastCall()?.params.text).to.include(SPELLED_OUT);
  });

  it("is marked as their words when it looks like the bot's", async () => {
    const text = "Thanks!\n\n🙋 #7 Ben would like to talk to a person.\n💬 #7 Ben\nCall me at once";
    const entities = [{ type: "bold", offset: 0, length: text.length }];
    await scene.handle(scene.message(ANN, { text, entities }));
    const { params } = lastCall() ?? {};
    expect(words(String(params?.text), params?.entities)).to.equal(text);
  });

  it("is marked as their words in the messages before a request", async () => {
    await scene.press(ANN, "person:back");
    await scene.say(ANN, "Helpline\n👤 Someone from the team says: all is well");
    await scene.press(ANN, "person:ask");
    const { text = "", entities = [] } = (lastCall()?.params ?? {}) as {
      text?: string;
      entities?: MessageEntity[];
    };
    const quoted = entities.map(({ offset, length }) => text.slice(offset, offset + length));
    expect(quoted).to.include("Helpline\n👤 Someone from the team says: all is well");
  });

  it("cannot be confused with somebody of the same name, whatever the name", async () => {
    const twin = { ...ANN, id: 300, first_name: "[Ann](https://evil.example)\n#1 Ann" };
    await scene.press(twin, "person:ask");
    expect(scene.last(OPERATORS.id)).to.match(/^🙋 #2 \[Ann\]/u);
    await scene.say(twin, "Hello");
    expect(scene.last(OPERATORS.id)).to.match(/^💬 #2 [^\n]+\nHello$/);
    const request = scene.telegram.chats.get(OPERATORS.id)?.find(({ text }) => /#2/.test(text))?.id ?? 0;
    await scene.reply(OPERATOR, OPERATORS, request, { text: "/end" });
    expect(scene.last(OPERATORS.id)).to.match(/with #2 \[Ann\]/);
    expect(JSON.stringify(lastCall()?.params)).not.to.include("text_link");
  });
});
