import { setTimeout as delay } from "node:timers/promises";
import { LOCK_MS } from "../../../lib/cluster/wake-ups.ts";
import type { RecordedCall } from "../../../lib/sandbox/index.ts";
import { seededRandom } from "../../../scripts/simulate/random.ts";
import { createInstances, DATABASE, type Instance, type Instances } from "./instances.ts";
import { type Takeover, watchTakeovers } from "./takeovers.ts";

export interface InstancesCrashOptions {
  kills: number;
  instances: number;
  chats: number;
  questions: number;
  seed: number;
  /** Stops the process for twice its locks (SIGSTOP) instead of killing it. */
  freezes?: boolean;
  /** The share of wake-ups that are dropped on purpose. */
  dropped: number;
  /** Sets the wall clock of the first instance back an hour while it runs. */
  setsClockBack?: boolean;
  onProgress?: (line: string) => void;
}

/** Counts after the last kill or freeze; those from `lost` on should be 0. */
export interface InstancesCrashReport {
  questions: number;
  /** One of the two. */
  kills?: number;
  freezes?: number;
  /** How long chats of a killed or frozen instance waited for another home, in milliseconds. */
  takeoverP50Ms: number;
  takeoverP99Ms: number;
  takeovers: number;
  /** Those that waited longer because an instance that was to take the chat over died, too. */
  takeoversAfterTwoDeaths: number;
  /** Instances whose clock was. */
  clocksSetBack: number;
  /** Answers that came twice because they were in flight at a kill, by what the database held of them then. */
  repeatedInFlight: number;
  /** Answers that came twice because a living instance was too slow to keep its chat, by its own log. */
  repeatedByTakeover: number;
  modelCalls: number;
  lost: number;
  outOfOrder: number;
  duplicates: number;
  givenUp: number;
  /** Questions that are not in the history exactly once with exactly one answer. */
  wrongInHistory: number;
  /** Questions with more model calls than one and the kills that hit them. */
  askedTooOften: number;
}

const FIRST_USER = 1000;
const ANSWER = "Answer to ";
const KILL_EVERY_MS = 2_000;
const FREEZE_MS = 2 * LOCK_MS;
/** At most two are frozen at a time. */
const FREEZE_EVERY_MS = FREEZE_MS / 2;
/** How long after its start the first instance's clock is set back; it is frozen like the others, but not killed. */
const CLOCK_SET_BACK_AFTER_MS = 5_000;
const HOUR_MS = 3_600_000;

/** What a killed or frozen instance left unfinished. */
interface Death {
  at: number;
  /** When it can have sent that at the latest: a frozen one goes on later. */
  until: number;
  /** The texts of sends that may have been in flight, by chat. */
  inFlight: Set<string>;
}

interface Row {
  _id: string;
  chatKey: string;
  seq: number;
  state: string;
  evidence?: { crashes: number };
}

/** Asks a bot of several instances questions. One after another is killed and started again, or frozen for a while. */
export async function runInstancesCrashes(options: InstancesCrashOptions): Promise<InstancesCrashReport> {
  const { kills, chats, questions, freezes = false } = options;
  const random = seededRandom(options.seed);
  const bot = await createInstances({
    respond: ({ question }) => `${ANSWER}${question}`,
    latency: () => ({ firstMs: 20, totalMs: 50 + random() * 1_000 }),
  });
  const { telegram } = bot.simulation;
  const asked: string[][] = Array.from({ length: chats }, () => []);
  const deaths: Promise<Death>[] = [];
  const takeovers: Promise<Takeover[]>[] = [];

  async function ask(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const chat = Math.floor(random() * chats);
      const inChat = asked[chat] ?? [];
      const text = `chat ${chat} question ${inChat.length}?`;
      inChat.push(text);
      await telegram.sendText({ userId: FIRST_USER + chat, firstName: `P${chat}` }, text);
    }
  }

  const environment = {
    NODE_OPTIONS: ["drop-wake-ups.mjs", "set-back-clock.mjs"]
      .map((file) => `--import ${new URL(file, import.meta.url).href}`)
      .join(" "),
    DROP_WAKE_UPS: String(options.dropped),
  };
  const withClockSetBack = { ...environment, CLOCK_SET_BACK_AFTER_MS: String(CLOCK_SET_BACK_AFTER_MS) };
  const started: Instance[] = [];
  /** An instance that does not come up on a machine that is far too busy is one more that died. */
  async function start(): Promise<Instance> {
    for (;;) {
      const isFirst = started.length === 0;
      const settings = isFirst && options.setsClockBack ? withClockSetBack : environment;
      const instance = await bot.start(settings).catch((error: unknown) => {
        options.onProgress?.(`an instance did not start: ${String(error).split("\n").at(-2)}`);
        return null;
      });
      if (!instance) continue;
      started.push(instance);
      return instance;
    }
  }
  const frozen = new Set<Instance>();
  const mayEnd = (instance: Instance): boolean =>
    freezes || !options.setsClockBack || instance !== started[0];
  async function resume(victim: Instance): Promise<Instance> {
    await delay(FREEZE_MS);
    process.kill(victim.pid, "SIGCONT");
    frozen.delete(victim);
    return victim;
  }
  try {
    let running: Instance[] = [];
    while (running.length < options.instances) running.push(await start());
    let starting: Promise<void>[] = [];
    let left = questions;
    for (let kill = 0; kill < kills; kill += 1) {
      const portion = Math.ceil(left / (kills - kill + 1));
      left -= portion;
      const pause = delay(freezes ? FREEZE_EVERY_MS : KILL_EVERY_MS);
      await ask(portion);
      await pause;
      while (running.length < 2) await Promise.race(starting);
      const victims = running.filter(mayEnd);
      const victim = victims[Math.floor(random() * victims.length)];
      if (!victim) throw new Error("no instance runs");
      running = running.filter((other) => other !== victim);
      if (freezes) {
        process.kill(victim.pid, "SIGSTOP");
        frozen.add(victim);
      } else await victim.end("SIGKILL");
      deaths.push(readDeath(bot, victim.name, freezes ? FREEZE_MS : 0));
      takeovers.push(watchTakeovers(bot, victim.name));
      const restarted = (freezes ? resume(victim) : start()).then((instance) => {
        running.push(instance);
        starting = starting.filter((other) => other !== restarted);
      });
      starting.push(restarted);
      const what = freezes ? "freeze" : "kill";
      options.onProgress?.(`${what} ${kill + 1} of ${kills}, ${questions - left} questions asked`);
    }
    await ask(left);
    await Promise.all(starting);
    const isAnswered = (chat: number): boolean => {
      const texts = new Set(
        bot.simulation.botTexts(FIRST_USER + chat).filter((text) => text.startsWith(ANSWER)),
      );
      return texts.size >= (asked[chat]?.length ?? 0);
    };
    await telegram
      .waitFor(() => asked.every((_, chat) => isAnswered(chat)), AbortSignal.timeout(120_000))
      .catch(() => {});
    await Promise.all(running.map((instance) => instance.end("SIGTERM")));
    const ended = (await Promise.all(takeovers)).flat();
    const waited = ended.map(({ waitedMs }) => waitedMs).toSorted((a, b) => a - b);
    return {
      questions,
      ...(freezes ? { freezes: kills } : { kills }),
      takeoverP50Ms: quantile(waited, 0.5),
      takeoverP99Ms: quantile(waited, 0.99),
      takeovers: waited.length,
      takeoversAfterTwoDeaths: ended.filter(({ losses }) => losses > 1).length,
      clocksSetBack: started.filter((one) => one.output().includes("The clock was set back")).length,
      modelCalls: bot.simulation.model.calls.length,
      ...checkReplies(telegram, asked, {
        deaths: await Promise.all(deaths),
        takenOver: started.flatMap((instance) => takeoversIn(instance.output())),
        onProgress: options.onProgress,
      }),
      ...(await checkDatabase(bot, asked.flat())),
    };
  } finally {
    for (const { pid } of frozen) process.kill(pid, "SIGCONT"); // else it could not end
    await bot.close();
  }
}

function killsAround(deaths: readonly Death[], at: number): string {
  const next = deaths.find((death) => death.at >= at);
  return next ? `the next kill or freeze ${next.at - at} ms later` : "none after it";
}

/** What an instance that was killed a moment ago had begun to send. Nobody takes its chats over for some seconds. */
async function readDeath({ client }: Instances, instance: string, frozenMs: number): Promise<Death> {
  const at = Date.now();
  const db = client.db(DATABASE);
  const homes = await db.collection<{ _id: string }>("chat_homes").find({ owner: instance }).toArray();
  const sends = await db
    .collection<{ chatId: number; params: { text?: string } }>("outbox")
    .find({ chatKey: { $in: homes.map(({ _id }) => _id) }, state: { $in: ["sending", "unknown"] } })
    .toArray();
  return {
    at,
    until: at + frozenMs,
    inFlight: new Set(sends.map(({ chatId, params }) => `${chatId} ${params.text}`)),
  };
}

/** When an instance lost a chat while it lived, whether its clock was right or an hour behind. */
function takeoversIn(output: string): number[] {
  const lines = output.split("\n").filter((line) => /Another instance takes over a chat/.test(line));
  return lines.flatMap((line) => {
    const at = Date.parse(line.slice(0, 24));
    return [at, at + HOUR_MS];
  });
}

interface Explanations {
  deaths: readonly Death[];
  takenOver: readonly number[];
  onProgress: ((line: string) => void) | undefined;
}

function checkReplies(
  { calls }: { calls(method: string): RecordedCall[] },
  asked: readonly string[][],
  { deaths, takenOver, onProgress }: Explanations,
): Pick<
  InstancesCrashReport,
  "repeatedInFlight" | "repeatedByTakeover" | "lost" | "outOfOrder" | "duplicates"
> {
  const report = { repeatedInFlight: 0, repeatedByTakeover: 0, lost: 0, outOfOrder: 0, duplicates: 0 };
  const sends = ["sendMessage", "editMessageText"]
    .flatMap((method) => calls(method))
    .filter(({ outcome, params }) => outcome.kind === "ok" && String(params.text).startsWith(ANSWER))
    .toSorted((a, b) => a.arrivedAt - b.arrivedAt);
  const wasInFlight = (send: string, from: number, to: number): boolean =>
    deaths.some(({ at, until, inFlight }) => at <= to && inFlight.has(send) && from <= until);
  const wasTakenOver = (from: number, to: number): boolean =>
    takenOver.some((at) => at >= from - LOCK_MS && at <= to + LOCK_MS);
  for (const [chat, questions] of asked.entries()) {
    // An answer may end as an edit of the message that said that it takes a while.
    const arrivals = sends.filter(({ params }) => params.chat_id === FIRST_USER + chat);
    const first = questions.map((question) =>
      arrivals.findIndex(({ params }) => params.text === `${ANSWER}${question}`),
    );
    report.lost += first.filter((index) => index < 0).length;
    const found = first.filter((index) => index >= 0);
    report.outOfOrder += found.filter((index, place) => place > 0 && index < (found[place - 1] ?? 0)).length;
    for (const question of questions) {
      const copies = arrivals.filter(
        ({ method, params }) => method === "sendMessage" && params.text === `${ANSWER}${question}`,
      );
      for (const [index, copy] of copies.slice(1).entries()) {
        const from = copies[index]?.arrivedAt ?? 0;
        const to = copy.arrivedAt;
        const why = wasInFlight(`${FIRST_USER + chat} ${ANSWER}${question}`, from, to)
          ? "repeatedInFlight"
          : wasTakenOver(from, to)
            ? "repeatedByTakeover"
            : "duplicates";
        report[why] += 1;
        onProgress?.(
          `twice (${why}): ${question} at ${from}, ${to - from} ms later; ${killsAround(deaths, from)}`,
        );
      }
    }
  }
  return report;
}

async function checkDatabase(
  { client, simulation }: Instances,
  questions: readonly string[],
): Promise<Pick<InstancesCrashReport, "givenUp" | "wrongInHistory" | "askedTooOften">> {
  const db = client.db(DATABASE);
  const messages = await db
    .collection<{ _id: string; seq: number; text: string }>("messages")
    .find()
    .toArray();
  const counts = new Map<string, number>();
  for (const { text } of messages) counts.set(text, (counts.get(text) ?? 0) + 1);
  const updates = await db.collection<Row>("updates").find().toArray();
  const crashes = new Map(updates.map(({ seq, evidence }) => [seq, evidence?.crashes ?? 0]));
  const seqOf = new Map(messages.map(({ text, seq }) => [text, seq]));
  const calls = new Map<string, number>();
  for (const { question } of simulation.model.calls) calls.set(question, (calls.get(question) ?? 0) + 1);
  const isAskedTooOften = (question: string): boolean =>
    (calls.get(question) ?? 0) > 1 + (crashes.get(seqOf.get(question) ?? -1) ?? 0);
  return {
    givenUp: updates.filter(({ state }) => state === "dead").length,
    wrongInHistory: questions.filter(
      (question) => counts.get(question) !== 1 || counts.get(`${ANSWER}${question}`) !== 1,
    ).length,
    askedTooOften: questions.filter(isAskedTooOften).length,
  };
}

function quantile(sorted: readonly number[], share: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
}
