import { join } from "node:path";
import { setImmediate as turnOfLoop } from "node:timers/promises";
import { MongoClient } from "mongodb";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { startEmbeddedMongo } from "../../lib/embedded-mongo/index.ts";
import type { RecordedCall } from "../../lib/sandbox/index.ts";
import { seededRandom } from "../../scripts/simulate/random.ts";
import { createSimulation, type Simulation } from "../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../support/few-pages.ts";

export interface CrashRunOptions {
  kills: number;
  chats: number;
  questions: number;
  seed: number;
  /** Called with a line of progress, for a run a person watches. */
  onProgress?: (line: string) => void;
}

/** Counts after the last kill; all but the first three should be 0. */
export interface CrashReport {
  questions: number;
  kills: number;
  /** Answers that came twice because they were in flight when the process died. */
  repeatedInFlight: number;
  unanswered: number;
  /**
   * Questions that ended with the bot's apology because they were being handled at five kills: a process that never
   * lives long cannot tell a question that kills it from one that is unlucky.
   */
  givenUp: number;
  outOfOrder: number;
  /** Answers that came twice without having been in flight. */
  duplicates: number;
  /** Questions, besides those given up, that are not in the history exactly once with exactly one answer. */
  wrongInHistory: number;
}

/** The upper bound of the calls before a kill, unless many questions raise it; a start alone takes five calls. */
const MIN_CALL_LIMIT = 40;
const FIRST_USER = 1000;
const ANSWER = "Answer to ";

/** An answer that reached its chat, and in which run of the process. */
interface Arrival {
  question: string;
  run: number;
  isLastOfRun: boolean;
}

/**
 * Sends questions to the real process while it is killed again and again, each time after a random number of its
 * calls to Telegram, then compares what people received and what the database holds with what they asked.
 */
export async function runCrashes(options: CrashRunOptions): Promise<CrashReport> {
  const { kills, chats, questions } = options;
  const random = seededRandom(options.seed);
  const simulation = await createSimulation({
    isPlain: true,
    pages: FEW_PAGES,
    respond: ({ question }) => `${ANSWER}${question}`,
    latency: () => ({ firstMs: 5, totalMs: 10 + random() * 40 }),
  });
  const { telegram } = simulation;
  const runEnds: number[] = [];
  const asked: string[][] = Array.from({ length: chats }, () => []);

  async function ask(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const chat = Math.floor(random() * chats);
      const inChat = asked[chat] ?? [];
      const text = `chat ${chat} question ${inChat.length}?`;
      inChat.push(text);
      await telegram.sendText({ userId: FIRST_USER + chat, firstName: `P${chat}` }, text);
    }
  }

  const isAnswered = (chat: number): boolean => {
    const texts = simulation.botTexts(FIRST_USER + chat);
    const answers = new Set(texts.filter((text) => text.startsWith(ANSWER)));
    return answers.size + texts.filter(isApology).length >= (asked[chat]?.length ?? 0);
  };
  const allAnswered = (): boolean => asked.every((_, chat) => isAnswered(chat));

  try {
    let left = questions;
    for (let kill = 0; kill < kills; kill += 1) {
      const portion = Math.ceil(left / (kills - kill + 1));
      left -= portion;
      await ask(portion);
      const bot = await simulation.startBot();
      let callsLeft = 1 + Math.floor(random() * Math.max(MIN_CALL_LIMIT, 4 * portion));
      const stopCounting = telegram.subscribe(({ type }) => {
        if (type === "call") callsLeft -= 1;
      });
      await telegram.waitFor(() => callsLeft <= 0 || allAnswered());
      stopCounting();
      await bot.end("SIGKILL");
      // What the dead process had sent is read first: else it counts to the next run.
      for (let turn = 0; turn < 5; turn += 1) await turnOfLoop();
      runEnds.push(Date.now());
      options.onProgress?.(`kill ${kill + 1} of ${kills}, ${questions - left} questions asked`);
    }
    await ask(left);
    const bot = await simulation.startBot();
    await telegram.waitFor(allAnswered);
    await telegram.waitFor(() => telegram.pendingUpdates() === 0);
    const exitCode = await bot.end("SIGTERM");
    if (exitCode !== 0) throw new Error(`The bot did not stop cleanly (${exitCode}):\n${bot.output()}`);
    const replies = checkReplies(simulation, asked, runEnds);
    const { givenUp, wrong } = await checkHistory(simulation.dataFolder, asked.flat());
    return {
      questions,
      kills,
      ...replies,
      givenUp,
      unanswered: replies.unanswered - givenUp,
      wrongInHistory: wrong - givenUp,
    };
  } finally {
    await simulation.close();
  }
}

function checkReplies(
  { telegram }: Simulation,
  asked: readonly string[][],
  runEnds: readonly number[],
): Pick<CrashReport, "repeatedInFlight" | "unanswered" | "outOfOrder" | "duplicates"> {
  const report = { repeatedInFlight: 0, unanswered: 0, outOfOrder: 0, duplicates: 0 };
  const sends = ["sendMessage", "editMessageText"]
    .flatMap((method) => telegram.calls(method))
    .filter(({ outcome, params }) => outcome.kind === "ok" && String(params.text).startsWith(ANSWER))
    .toSorted((a, b) => a.arrivedAt - b.arrivedAt)
    .filter(isFirstOfMessage());
  for (const [chat, questions] of asked.entries()) {
    const arrivals = arrivalsOf(
      sends.filter(({ params }) => params.chat_id === FIRST_USER + chat),
      runEnds,
    );
    const found = questions.map((question) => arrivals.findIndex((arrival) => arrival.question === question));
    const firstOf = found.filter((index) => index >= 0);
    report.unanswered += found.length - firstOf.length;
    report.outOfOrder += firstOf.filter(
      (index, place) => place > 0 && index < (firstOf[place - 1] ?? 0),
    ).length;
    for (const question of questions) {
      const copies = arrivals.filter((arrival) => arrival.question === question);
      for (const [index, copy] of copies.entries()) {
        const earlier = copies[index - 1];
        if (!earlier) continue;
        // Only the last send of a chat in a run can have been in flight when that run was killed.
        if (earlier.isLastOfRun && earlier.run < copy.run) report.repeatedInFlight += 1;
        else report.duplicates += 1;
      }
    }
  }
  return report;
}

/** Whether a text is new in its message: an edit that repeats it, with buttons, is no copy. */
function isFirstOfMessage(): (call: RecordedCall) => boolean {
  const seen = new Set<string>();
  return ({ method, params }) => {
    const key = `${String(params.message_id)} ${String(params.text)}`;
    const isFirst = method === "sendMessage" || !seen.has(key);
    if (method === "editMessageText") seen.add(key);
    return isFirst;
  };
}

function isApology(text: string): boolean {
  return text.startsWith("I'm sorry: something went wrong");
}

function arrivalsOf(sends: readonly RecordedCall[], runEnds: readonly number[]): Arrival[] {
  const runs = sends.map(({ arrivedAt }) => runEnds.filter((end) => end < arrivedAt).length);
  return sends.map(({ params }, index) => ({
    question: String(params.text).slice(ANSWER.length),
    run: runs[index] ?? 0,
    isLastOfRun: runs[index + 1] !== runs[index],
  }));
}

async function checkHistory(
  folder: string,
  questions: readonly string[],
): Promise<{ givenUp: number; wrong: number }> {
  const database = await startEmbeddedMongo({
    path: join(folder, "mongodb"),
    clock: systemClock,
    logger: silentLogger,
  });
  const client = new MongoClient(database.uri);
  try {
    const messages = client.db("helpline").collection<{ _id: string; text: string }>("messages");
    const counts = new Map<string, number>();
    for (const { text } of await messages.find().toArray()) counts.set(text, (counts.get(text) ?? 0) + 1);
    const givenUp = await client.db("helpline").collection("updates").countDocuments({ state: "dead" });
    const isRight = (question: string): boolean =>
      counts.get(question) === 1 && counts.get(`Answer to ${question}`) === 1;
    return { givenUp, wrong: questions.filter((question) => !isRight(question)).length };
  } finally {
    await client.close();
    await database.close();
  }
}
