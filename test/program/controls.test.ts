import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { type Db, MongoClient } from "mongodb";
import { type App, createApp } from "../../lib/app/app.ts";
import { readConfig } from "../../lib/config/index.ts";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { IMPERSONAL, PERSONAL, PSEUDONYMOUS, TOMBSTONES } from "../../lib/store/privacy/personal-data.ts";
import { LEARNT_FOLDER } from "../../scripts/build/bundle.js";
import { createSimulation, type Simulation } from "../../scripts/simulate/simulation.ts";
import { testDatabaseUri } from "../support/database.ts";

/** Ids that occur in no other number. */
const ANN = { userId: 987_654_321, firstName: "Ann" };
const BEN = { userId: 912_345_678, firstName: "Ben" };
const OPERATOR = { userId: 955_555_555, firstName: "Olga" };
const CLASS_ID = -77;
const TEAM_ID = -88;

/** The bot runs in this process, with a simulated Telegram and Gemini and a database that the test can read. */
describe("what people and operators control", () => {
  let simulation: Simulation;
  let client: MongoClient;
  let db: Db;
  let app: App;

  before(async () => {
    simulation = await createSimulation({ respond: ({ question }) => `You asked: ${question}` });
    const uri = await testDatabaseUri();
    client = await MongoClient.connect(uri);
    db = client.db(`test-${randomUUID()}`);
    const config = readConfig({
      ...simulation.environment(),
      MONGODB_URI: uri,
      MONGODB_DB: db.databaseName.slice(0, 38),
      ADMIN_USER_IDS: String(OPERATOR.userId),
      OPERATORS_CHAT_ID: String(TEAM_ID),
    });
    db = client.db(config.mongodb.database);
    const deps = { clock: systemClock, logger: silentLogger, random: Math.random };
    app = createApp(config, {
      learntFolder: LEARNT_FOLDER,
      ...deps,
      onFatal(error) {
        throw error;
      },
    });
    const { telegram } = simulation;
    await telegram.createGroup({ chatId: CLASS_ID, title: "Class" });
    await telegram.createGroup({ chatId: TEAM_ID, title: "Team" }); // checked at the start
    await app.start();
  });

  after(async () => {
    await app.stop();
    await simulation.close();
    await db.dropDatabase();
    await client.close();
  });

  const messagesOf = (chatId: number) => simulation.telegram.chat(chatId)?.messages ?? [];

  /** Acts, and waits for a new message of the bot that matches. */
  async function then(chatId: number, expected: RegExp, act: () => Promise<unknown>): Promise<void> {
    const known = new Set(messagesOf(chatId).map((message) => JSON.stringify(message)));
    await act();
    await simulation.telegram.waitFor(() =>
      messagesOf(chatId).some(
        (message) =>
          message.from?.is_bot &&
          expected.test(
            `${message.text ?? ""}${message.caption ?? ""}${JSON.stringify(message.reply_markup ?? "")}`,
          ) &&
          !known.has(JSON.stringify(message)),
      ),
    );
  }

  const say = (person: typeof ANN, expected: RegExp, text: string, chatId = person.userId) =>
    then(chatId, expected, () =>
      simulation.telegram.sendText(person, text, chatId === person.userId ? {} : { chatId }),
    );

  /** Presses the newest button whose data matches, once there is one. */
  async function press(
    person: typeof ANN,
    expected: RegExp,
    data: RegExp,
    chatId = person.userId,
  ): Promise<void> {
    const button = await simulation.telegram.waitFor(() => newestButton(chatId, data));
    await then(chatId, expected, () =>
      simulation.telegram.pressButton(person.userId, chatId, button.message_id, button.data),
    );
  }

  function newestButton(chatId: number, data: RegExp): { message_id: number; data: string } | undefined {
    const buttons = messagesOf(chatId).flatMap(({ message_id, reply_markup }) => {
      const rows = reply_markup && "inline_keyboard" in reply_markup ? reply_markup.inline_keyboard : [];
      return rows.flat().map((button) => ({ message_id, data: button.callback_data ?? "" }));
    });
    return buttons.findLast((button) => data.test(button.data));
  }

  /** The documents that contain an id, each with its collection. */
  async function places(id: number): Promise<string[]> {
    const found: string[] = [];
    const token = new RegExp(`(?<!\\d)${id}(?!\\d)`);
    for (const { name } of await db.listCollections().toArray()) {
      for (const document of await db.collection(name).find().toArray()) {
        const json = JSON.stringify(document);
        if (token.test(json)) found.push(`${name}: ${json.slice(0, 300)}`);
      }
    }
    return found;
  }

  async function live(person: typeof ANN): Promise<void> {
    await say(person, /Hello/, "/start");
    await say(person, /You asked: one/, "one?");
    await press(person, /👍 ✓/, /^rate:\d+:up$/);
    await press(person, /Write it in your next message/, /^rate:\d+:why$/);
    await say(person, /saved that/, "Very clear.");
    for (const word of ["two", "three", "four"])
      await say(person, new RegExp(`You asked: ${word}`), `${word}?`);
    await say(person, /How helpful/, "five?");
    await press(person, /Your rating/, /^rate:\d+:4$/);
    await say(person, /Your questions/, "/history");
    await say(person, /You asked: in the group/, "@helpline_bot in the group?", CLASS_ID);
    await press(person, /👍 1/, /^rate:\d+:up$/, CLASS_ID);
    await then(person.userId, /asked someone from the team/, () =>
      simulation.telegram.sendUpdate(askForPerson(person)),
    );
    await then(TEAM_ID, /Hello\?/, () => simulation.telegram.sendText(person, "Hello?"));
  }

  /** A press of the button for a person, which the bot offers where it has no answer. */
  function askForPerson({ userId, firstName }: typeof ANN): Record<string, unknown> {
    const from = { id: userId, is_bot: false, first_name: firstName, language_code: "en" };
    const chat = { id: userId, type: "private", first_name: firstName };
    const message = { message_id: 1, date: 1, chat };
    return { callback_query: { id: "1", from, chat_instance: "1", data: "person:ask", message } };
  }

  it("includes all of a person's data: /forget erases every trace, and others keep theirs", async () => {
    await say(OPERATOR, /Hello/, "/start");
    await live(ANN);
    await say(BEN, /You asked: mine/, "mine?");
    await say(OPERATOR, /People: 3/, "/broadcast Hello everyone");
    await press(OPERATOR, /Done|Sending/, /^cast:\d+:send$/);
    await simulation.telegram.waitFor(() => simulation.botTexts(ANN.userId).includes("Hello everyone"));

    const collections = (await db.listCollections().toArray()).map(({ name }) => name);
    expect([...PERSONAL, ...IMPERSONAL, PSEUDONYMOUS, TOMBSTONES]).to.include.members(collections);
    const before = await places(ANN.userId);
    const listed = before.map((place) => place.split(":")[0]);
    expect(PERSONAL).to.include.members(listed);

    await then(ANN.userId, /Everything I have stored/, () => simulation.telegram.sendText(ANN, "/mydata"));
    const document = messagesOf(ANN.userId).findLast((message) => message.document)?.document;
    expect(document).to.include({ file_name: "my-data.json", mime_type: "application/json" });
    const chunks: Buffer[] = [];
    const file = simulation.telegram.file(document?.file_id ?? "");
    if (file)
      for await (const chunk of await simulation.telegram.readFile(file)) chunks.push(chunk as Buffer);
    const data = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown[]>;
    expect(Object.keys(data)).to.include.members([
      "people",
      "sessions",
      "messages",
      "feedback",
      "handovers",
      "updates",
    ]);
    expect(JSON.stringify(data)).to.include("in the group?").and.include("Very clear.");
    expect(JSON.stringify(data)).not.to.include("mine?");

    await say(ANN, /Shall I erase/, "/forget");
    await press(ANN, /everything I had stored about you is erased/, /^forget:yes/);
    for (let left = ["?"]; left.length > 0; ) {
      left = (await places(ANN.userId)).filter((place) => !place.startsWith(TOMBSTONES));
    }
    expect(messagesOf(TEAM_ID).at(-1)?.text).to.match(/Ann had everything erased/);
    expect((await places(BEN.userId)).length).to.be.greaterThan(3);

    await say(ANN, /You asked: again/, "again?");
    let counted: unknown; // set once the answer has been sent
    while (counted === undefined) {
      counted = (await db.collection("people").findOne({ _id: ANN.userId as never }))?.questions;
    }
    expect(counted).to.equal(1);
    expect(await db.collection("messages").countDocuments({ telegramUserId: ANN.userId })).to.equal(2);
  });

  it("includes the bot itself, in the operators' chat: /stats with a picture, /reload, /user", async () => {
    const photo = () => messagesOf(TEAM_ID).findLast((message) => message.photo);
    await say(OPERATOR, /The last 24 hours/, "/stats", TEAM_ID);
    await simulation.telegram.waitFor(photo);
    expect(photo()?.caption).to.match(/Questions: \d+/);
    await say(OPERATOR, /nothing has changed/, "/reload", TEAM_ID);
    await say(OPERATOR, /State: can be reached/, `/user ${BEN.userId}`, TEAM_ID);
  });

  it("includes a conversation of a person with the operators, with a voice message from each", async () => {
    const voice = {
      kind: "voice" as const,
      mimeType: "audio/ogg",
      content: Buffer.from("OggS voice of a person"),
    };
    await then(BEN.userId, /asked someone from the team/, () =>
      simulation.telegram.sendUpdate(askForPerson(BEN)),
    );
    const request = await simulation.telegram.waitFor(() =>
      messagesOf(TEAM_ID).findLast(({ text }) => text?.includes("Ben would like to talk")),
    );
    await simulation.telegram.sendFiles(BEN, [voice]);
    await simulation.telegram.waitFor(() => messagesOf(TEAM_ID).at(-1)?.voice);
    await simulation.telegram.sendFiles(OPERATOR, [voice], { chatId: TEAM_ID, replyTo: request.message_id });
    await simulation.telegram.waitFor(() =>
      messagesOf(BEN.userId).some(({ from, voice: heard }) => from?.is_bot && heard),
    );
    expect(messagesOf(BEN.userId).at(-1)?.caption).to.equal("👤 Someone from the team:");
    await simulation.telegram.sendText(OPERATOR, "/end", { chatId: TEAM_ID, replyTo: request.message_id });
    await simulation.telegram.waitFor(() => /has ended/.test(messagesOf(BEN.userId).at(-1)?.text ?? ""));
    await say(BEN, /You asked: and now/, "and now?");
  });
});
