import { type ParsedUpdate, parseUpdate } from "../../lib/conversation/incoming/parsed-update.ts";
import type { ActiveQuestion } from "../../lib/conversation/questions/active-questions.ts";
import { silentLogger } from "../../lib/core/index.ts";
import type { InboxTurn } from "../../lib/inbox/index.ts";
import type { PersonalDataStore } from "../../lib/store/index.ts";
import type { LiveReply, NewSend, Update } from "../../lib/telegram/index.ts";
import type { Memory } from "./memory.ts";
import type { Life, Orders } from "./orders.ts";
import type { Parts } from "./parts.ts";
import type { OrderedTelegram } from "./telegram.ts";

const BOT_ID = 7;
/** As many chats at a time, and as many calls to the model. */
const MAX_CONCURRENT = 2;

export interface Outside {
  orders: Orders;
  telegram: OrderedTelegram;
  memory: Memory;
  /** Notes a promise that is broken. */
  broken(what: string): void;
}

/**
 * A small bot of the process's real parts: questions that are streamed and shared, some of them with a file that is fetched
 * first, `/cancel` and `/forget`.
 */
export function startBot(
  parts: Parts,
  outside: Outside,
  life: Life,
  batches: readonly (readonly Update[])[],
): void {
  const { telegram, memory, broken } = outside;
  const { clock } = life;
  const shared = { clock, logger: silentLogger, random: () => 0.5, pseudonym: String };
  const history = life.outside("history", memory.history);
  const sends = life.outside("sends", memory.sends);
  const api = telegram.apiOf(life);
  const outbox = new parts.Outbox({ ...shared, api, store: sends, botId: BOT_ID, onBlocked() {} });
  const live = new parts.LiveReplies({ ...shared, api, outbox, format: (text) => ({ text, entities: [] }) });
  const common = new parts.SharedWork<string>();
  const scheduler = new parts.ModelScheduler({
    ...shared,
    provider: "Fake",
    limits: { maxConcurrent: MAX_CONCURRENT },
    usage: new parts.ModelUsage({ model: "fake", clock, logger: silentLogger }),
  });
  const questions = new parts.ActiveQuestions({ chatKeyOf: (chatKey) => chatKey });
  const erasures = parts.createErasures({
    ...shared,
    botId: BOT_ID,
    erasures: life.outside("erasures", memory.erasures),
    personalData: life.outside("personalData", memory.personalData as PersonalDataStore),
  });
  const working = new Set<string>();
  let calls = 0;

  /** Streams an answer in two pieces. */
  async function askModel(
    topic: string,
    asker: { signal: AbortSignal; onText?(text: string): void },
  ): Promise<string> {
    calls += 1;
    if (calls > MAX_CONCURRENT) broken(`${calls} calls to the model at once`);
    try {
      let text = "";
      for (const piece of [`About ${topic}. `, "That is all."]) {
        await endsOrAborts(
          life.call("model", () => {}),
          asker.signal,
        );
        await clock.sleep(4_000, asker.signal);
        text += piece;
        asker.onText?.(text);
      }
      return text;
    } finally {
      calls -= 1;
    }
  }

  /** Fetches the file of a question, which may be withdrawn meanwhile: then the question says so. */
  async function fetchFile(asked: Asked, turn: InboxTurn): Promise<void> {
    const active = questions.begin(asked, turn.signal);
    try {
      active.signal.throwIfAborted();
      await turn.whileWaiting(() =>
        endsOrAborts(
          life.call("file", () => {}),
          active.signal,
        ),
      );
    } catch (error) {
      if (!active.signal.aborted || turn.signal.aborted) throw error;
    } finally {
      active.end();
    }
  }

  async function makeReply(
    { seq, text, number }: Asked,
    active: ActiveQuestion,
    turn: InboxTurn,
    reply: LiveReply,
  ): Promise<{ text: string; withdrawnBy?: readonly number[] }> {
    try {
      active.signal.throwIfAborted();
      const { result } = await turn.whileWaiting((queue) =>
        common.join(
          text,
          { ...queue, signal: active.signal, onText: (soFar) => reply.show(`#${number} ${soFar}`) },
          (all) =>
            scheduler.run(() => askModel(text, all), {
              onStarted: async () => {},
              ...all,
              priority: "person",
              order: seq,
            }),
        ),
      );
      await reply.stop();
      const withdrawn = active.conclude();
      return withdrawn
        ? { text: `#${number} cancelled`, withdrawnBy: withdrawn.by }
        : { text: `#${number} ${result}` };
    } catch (error) {
      await reply.stop();
      const withdrawn = active.conclude();
      if (!withdrawn) throw error;
      return { text: `#${number} cancelled`, withdrawnBy: withdrawn.by };
    } finally {
      active.end();
    }
  }

  async function answer(asked: Asked, turn: InboxTurn): Promise<void> {
    const { seq, chatKey, chatId, personId, isPrivate } = asked;
    if (await erasures.isErased(asked)) return;
    if (asked.hasFile && !(await history.find(`${seq}:bot`))) await fetchFile(asked, turn);
    await history.add(`${seq}:person`, { seq, personId, text: asked.text });
    const earlier = await history.find(`${seq}:bot`);
    if (earlier?.withdrawnBy) questions.noteWithdrawn(asked);
    const hasMessage = (await sends.find(`${seq}:0`))?.messageId !== undefined;
    const reply = live.start({ seq, chatKey, chatId, isPrivate, hasMessage });
    let made: { text: string; withdrawnBy?: readonly number[] } | null = earlier;
    try {
      made ??= await makeReply(asked, questions.begin(asked, turn.signal), turn, reply);
    } finally {
      await reply.stop();
    }
    if (!earlier && !(await erasures.isErased(asked)))
      await history.add(`${seq}:bot`, { seq, personId, ...made });
    await record(asked, made.text, !isPrivate || reply.isMessageShown() ? { edits: `${seq}:0` } : {});
  }

  async function handle(update: ParsedUpdate, turn: InboxTurn): Promise<void> {
    const asked = readAsked(update);
    const { seq, chatKey, personId, number, text } = asked;
    if (working.has(chatKey)) broken(`two updates of ${chatKey} at once`);
    working.add(chatKey);
    try {
      if (text === "/forget") {
        await erasures.erase(personId, seq, {});
        await record(asked, `#${number} forgotten`);
      } else if (text !== "/cancel") await answer(asked, turn);
      else if (!questions.hasWithdrawn(chatKey, seq) && !(await history.wasWithdrawnBy(seq))) {
        await record(asked, `#${number} nothing`);
      }
      questions.settled(chatKey, seq);
    } catch (error) {
      broken(`${text} (#${number}) failed: ${String(error)}`);
      throw error;
    } finally {
      working.delete(chatKey);
    }
  }

  function record({ seq, chatKey, chatId }: Asked, text: string, more: Partial<NewSend> = {}): Promise<void> {
    const params = { chat_id: chatId, text };
    return outbox.record([{ seq, step: 1, chatKey, chatId, method: "sendMessage", params, ...more }]);
  }

  const inbox = new parts.Inbox<ParsedUpdate>({
    ...shared,
    botId: BOT_ID,
    maxConcurrentChats: MAX_CONCURRENT,
    store: life.outside("updates", memory.updates),
    parse: (update) => parseUpdate(update, { id: BOT_ID, username: "bot" }),
    arrived: (update) => questions.arrived(update),
    handle,
    giveUp: async ({ seq }) => broken(`the update ${seq} is given up`),
    isOutage: () => false,
  });

  void (async () => {
    await outbox.recover();
    await erasures.start();
    await inbox.start();
    for (const batch of batches) await inbox.accept(batch);
  })();
}

/** What an update asks for. Every text begins with a number of its own. */
interface Asked {
  seq: number;
  chatKey: string;
  chatId: number;
  personId: number;
  isPrivate: boolean;
  messageIds: readonly number[];
  number: number;
  text: string;
  hasFile: boolean;
}

function readAsked({ seq, chatKey, update }: ParsedUpdate): Asked {
  const { message } = update;
  return {
    seq,
    chatKey,
    chatId: message?.chat.id ?? 0,
    personId: message?.from?.id ?? 0,
    isPrivate: message?.chat.type === "private",
    messageIds: message ? [message.message_id] : [],
    number: update.update_id,
    text: message?.text ?? message?.caption ?? "",
    hasFile: message?.photo !== undefined,
  };
}

function endsOrAborts<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject);
  });
}
