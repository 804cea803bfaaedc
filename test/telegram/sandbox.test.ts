import { expect } from "chai";
import { type Clock, silentLogger, systemClock } from "../../lib/core/index.ts";
import { createSandboxTelegram, type SandboxEvent, type SandboxTelegram } from "../../lib/sandbox/index.ts";
import {
  checkToken,
  formatUnfinishedMarkdown,
  LiveReplies,
  Outbox,
  Poller,
  TelegramApi,
  type Update,
} from "../../lib/telegram/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryOutboxStore } from "../support/memory-stores/outbox-store.ts";
import { pseudonym } from "../support/pseudonym.ts";

const TOKEN = "123456:sandbox";
const GROUP = -100;

/** A clock ten times as fast, so that backoffs are short. */
const hastyClock: Clock = {
  now: () => Date.now() * 10,
  monotonic: () => performance.now() * 10,
  sleep: (ms, signal) => systemClock.sleep(ms / 10, signal),
};

describe("client, poller, outbox and live reply against the simulated Telegram", () => {
  let sandbox: SandboxTelegram;
  let apiRoot: string;
  let api: TelegramApi;
  let outbox: Outbox;
  let openOutbox: (clock: Clock) => Outbox;
  let poller: Poller;
  let blockedChats: number[];
  let events: SandboxEvent[];
  const logger = silentLogger;
  const random = Math.random;

  /** A small bot: answers every text with the same text. */
  async function echo(updates: Update[]): Promise<void> {
    await outbox.record(
      updates.flatMap((update) => {
        if (!("message" in update) || update.message.text === undefined) return [];
        const { id: chatId } = update.message.chat;
        const params = { chat_id: chatId, text: `echo ${update.message.text}` };
        return [
          {
            seq: update.update_id,
            step: 1,
            chatKey: `chat:${chatId}`,
            chatId,
            method: "sendMessage",
            params,
          },
        ];
      }),
    );
  }

  const textsOf = (chatId: number): string[] =>
    (sandbox.chat(chatId)?.messages ?? []).filter(({ from }) => from.is_bot).map(({ text }) => text ?? "");
  const countOf = (chatId: number): number => textsOf(chatId).length;

  beforeEach(async () => {
    sandbox = createSandboxTelegram({ token: TOKEN, clock: systemClock, logger });
    ({ apiRoot } = await sandbox.start());
    events = [];
    sandbox.subscribe((event) => events.push(event));
    blockedChats = [];
    const clock = hastyClock;
    api = new TelegramApi({ token: TOKEN, apiRoot });
    const store = new MemoryOutboxStore();
    const onBlocked = (chatId: number): void => void blockedChats.push(chatId);
    openOutbox = (outboxClock) =>
      new Outbox({ api, store, botId: 1, pseudonym, clock: outboxClock, logger, random, onBlocked });
    outbox = openOutbox(clock);
    const onFatal = (error: Error): void => expect.fail(error.message);
    poller = new Poller({ api, accept: echo, clock, logger, random, onFatal });
  });

  afterEach(async () => {
    await poller.stop();
    await outbox.stop(5_000);
    api.closeConnections();
    await sandbox.stop();
  });

  it("identifies the bot by its token and rejects a wrong token", async () => {
    const check = await checkToken(api);
    expect(check.kind === "valid" && check.bot.username).to.equal(sandbox.bot.username);
    const stranger = new TelegramApi({ token: "1:wrong", apiRoot });
    const error = await checkToken(stranger).catch((reason: unknown) => reason);
    expect(error).to.include({ code: "TELEGRAM_TOKEN" });
    stranger.closeConnections();
  });

  it("answers everyone in order, and confirms every update when it stops", async () => {
    poller.start();
    for (let number = 1; number <= 5; number += 1) {
      for (const userId of [11, 12, 13]) await sandbox.sendText({ userId }, `m${number}`);
    }
    await sandbox.waitFor(() => [11, 12, 13].every((chat) => countOf(chat) === 5));
    for (const chat of [11, 12, 13]) {
      expect(textsOf(chat)).to.deep.equal(["echo m1", "echo m2", "echo m3", "echo m4", "echo m5"]);
    }
    await poller.stop();
    expect(sandbox.pendingUpdates()).to.equal(0);
  });

  it("sends one copy after failures without effect, and at most one more per failure that had one", async () => {
    const chatId = 11;
    sandbox.faults.order({ kind: "error500", method: "sendMessage", chatId });
    sandbox.faults.order({ kind: "html502", method: "sendMessage", chatId });
    sandbox.faults.order({ kind: "reset", method: "sendMessage", chatId });
    sandbox.faults.order({ kind: "too-many-requests", retryAfterSeconds: 2, method: "sendMessage", chatId });
    poller.start();
    await sandbox.sendText({ userId: chatId }, "first");
    await sandbox.waitFor(() => countOf(chatId) === 1);
    expect(textsOf(chatId)).to.deep.equal(["echo first"]);
    sandbox.faults.order({ kind: "reset", tookEffect: true, method: "sendMessage", chatId });
    await sandbox.sendText({ userId: chatId }, "second");
    await sandbox.sendText({ userId: chatId }, "third");
    await sandbox.waitFor(() => textsOf(chatId).includes("echo third"));
    expect(textsOf(chatId)).to.deep.equal(["echo first", "echo second", "echo second", "echo third"]);
  });

  it("keeps polling through errors, HTML pages and broken connections", async () => {
    sandbox.faults.order({ kind: "error500", method: "getUpdates" });
    sandbox.faults.order({ kind: "html502", method: "getUpdates" });
    sandbox.faults.order({ kind: "reset", method: "getUpdates" });
    sandbox.faults.order({ kind: "reset", tookEffect: true, method: "getUpdates" });
    poller.start();
    await sandbox.sendText({ userId: 11 }, "hello");
    await sandbox.waitFor(() => countOf(11) > 0);
    expect(textsOf(11)).to.deep.equal(["echo hello"]);
  });

  it("reports a person who blocked the bot", async () => {
    poller.start();
    await sandbox.sendText({ userId: 11 }, "hello");
    await sandbox.waitFor(() => countOf(11) === 1);
    await sandbox.block(11);
    const params = { chat_id: 11, text: "are you there?" };
    await outbox.record([
      { seq: 999, step: 1, chatKey: "chat:11", chatId: 11, method: "sendMessage", params },
    ]);
    expect(await outbox.settled("999:1")).to.include({ state: "failed", errorCode: "TELEGRAM_403" });
    expect(blockedChats).to.deep.equal([11]);
  });

  it("streams a reply to a person as drafts, none after the answer", async () => {
    await sandbox.sendText({ userId: 11 }, "a question");
    const replies = new LiveReplies({
      api,
      outbox,
      format: formatUnfinishedMarkdown,
      clock: systemClock,
      logger,
    });
    const live = replies.start({ seq: 50, chatKey: "chat:11", chatId: 11, isPrivate: true });
    live.show("It is **bo");
    const draft = await sandbox.waitFor(() => sandbox.chat(11)?.draft);
    expect(draft.text).to.equal("It is bo");
    await sandbox.waitFor(() => sandbox.chat(11)?.action);
    live.show("It is **bold** to ask.");
    await live.stop();
    const params = { chat_id: 11, text: "It is bold to ask." };
    await outbox.record([
      { seq: 50, step: 1, chatKey: "chat:11", chatId: 11, method: "sendMessage", params },
    ]);
    await outbox.settled("50:1");
    const shown = events
      .map(({ type }) => type)
      .filter((type) => ["draft", "action", "message"].includes(type));
    expect(shown.at(-1)).to.equal("message");
    expect(textsOf(11)).to.deep.equal(["It is bold to ask."]);
  });

  it("streams a reply to a group by editing one message, which becomes the answer", async () => {
    await sandbox.createGroup({ chatId: GROUP, title: "A group" });
    const clock = new FakeClock();
    outbox = openOutbox(clock);
    const replies = new LiveReplies({ api, outbox, format: formatUnfinishedMarkdown, clock, logger });
    const live = replies.start({ seq: 50, chatKey: "chat:g", chatId: GROUP, isPrivate: false });
    live.show("A first sentence. ");
    await sandbox.waitFor(() => countOf(GROUP) === 1);
    await outbox.settled("50:0");
    live.show("A first sentence. And a second. ");
    await clock.advance(3_000);
    await sandbox.waitFor(() => textsOf(GROUP)[0]?.endsWith("second."));
    await live.stop();
    const params = { chat_id: GROUP, text: "A first sentence. And a second. And a last." };
    const place = { seq: 50, step: 1, chatKey: "chat:g", chatId: GROUP };
    await outbox.record([{ ...place, method: "sendMessage", params, edits: "50:0" }]);
    await outbox.settled("50:1");
    expect(textsOf(GROUP)).to.deep.equal([params.text]);
  });
});
