import type { Arrival, Asked } from "./crowd.ts";

/** The result of the checks after a run. All numbers but the last two must be 0. */
export interface Checks {
  /** Questions that got no answer. */
  lost: number;
  /** Answers that arrived before the answer to an earlier question of the same person. */
  outOfOrder: number;
  /** Answers that arrived twice although the outcome of the first send was clear. */
  duplicates: number;
  /** Questions that are not in the history exactly once, with exactly one answer. */
  wrongInHistory: number;
  /** Copies of an answer whose send had an unclear outcome: a kill, a reset or an error after it took effect. */
  excusedCopies: number;
  /** Questions answered without the model: by the library, or by an apology. */
  standIns: number;
}

/** A message of the history, as stored. */
export interface KeptMessage {
  seq: number;
  sender: "person" | "bot";
  text: string;
}

/** Whether all checks passed. */
export function areRight({ lost, outOfOrder, duplicates, wrongInHistory }: Checks): boolean {
  return lost + outOfOrder + duplicates + wrongInHistory === 0;
}

/** Compares what people received and what the database holds with what they asked. */
export function check(
  asked: readonly Asked[],
  arrivals: readonly Arrival[],
  history: readonly KeptMessage[],
): Checks {
  const checks = { lost: 0, outOfOrder: 0, duplicates: 0, excusedCopies: 0 };
  const questions = groupBy(asked, ({ userId }) => userId);
  const messages = groupBy(arrivals, ({ userId }) => userId);
  for (const [userId, own] of questions) {
    const found = checkChat(own, messages.get(userId) ?? []);
    checks.lost += found.lost;
    checks.outOfOrder += found.outOfOrder;
    checks.duplicates += found.duplicates;
    checks.excusedCopies += found.excusedCopies;
  }
  const standIns = asked.filter(({ isStandIn }) => isStandIn).length;
  return { ...checks, wrongInHistory: countWrongInHistory(asked, history), standIns };
}

function checkChat(
  asked: readonly Asked[],
  arrivals: readonly Arrival[],
): Pick<Checks, "lost" | "outOfOrder" | "duplicates" | "excusedCopies"> {
  const places = new Map(asked.map(({ id }, place) => [id, place]));
  const standIns = asked.filter(({ isStandIn }) => isStandIn).length;
  const unnamed = arrivals.filter(({ questionId }) => questionId === null).length;
  const seen = new Map<string, number>();
  const found = { lost: 0, outOfOrder: 0, duplicates: Math.max(0, unnamed - standIns), excusedCopies: 0 };
  let latestPlace = -1;
  for (const [index, { questionId }] of arrivals.entries()) {
    if (questionId === null) continue;
    const place = places.get(questionId) ?? -1;
    const earlier = seen.get(questionId);
    seen.set(questionId, index);
    if (earlier !== undefined) {
      if (isUnclear(arrivals, earlier)) found.excusedCopies += 1;
      else found.duplicates += 1;
    } else if (place < latestPlace) found.outOfOrder += 1;
    else latestPlace = place;
  }
  found.lost = asked.filter(({ id, isStandIn }) => !isStandIn && !seen.has(id)).length;
  return found;
}

/** Whether the bot could not know that the message had arrived: its send failed, or a kill followed it. */
function isUnclear(arrivals: readonly Arrival[], index: number): boolean {
  const arrival = arrivals[index];
  const next = arrivals[index + 1];
  return arrival !== undefined && (!arrival.isConfirmed || (next !== undefined && next.run > arrival.run));
}

function countWrongInHistory(asked: readonly Asked[], history: readonly KeptMessage[]): number {
  const questions = groupBy(
    history.filter(({ sender }) => sender === "person"),
    ({ text }) => text,
  );
  const replies = groupBy(
    history.filter(({ sender }) => sender === "bot"),
    ({ seq }) => seq,
  );
  return asked.filter((question) => {
    const [kept, ...more] = questions.get(question.text) ?? [];
    if (!kept || more.length > 0) return true;
    const [reply, ...others] = replies.get(kept.seq) ?? [];
    if (!reply || others.length > 0) return question.answeredAt !== undefined || others.length > 0;
    return !question.isStandIn && !reply.text.startsWith(`Answer ${question.id}.`);
  }).length;
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
