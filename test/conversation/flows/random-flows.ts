import type { Content } from "../../../lib/content/index.ts";

type Flow = Content["flows"][string];
type FlowNode = Flow["nodes"][string];
type Ask = Extract<FlowNode, { kind: "ask" }>;

/** Numbers in [0, 1) that are the same for the same seed (mulberry32, public domain). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<Item>(random: () => number, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("There is nothing to pick");
  return item;
}

const PROFILE_FIELDS = ["language", "ageGroup", "topic", "name", "region"] as const;
const NAMES = ["alpha", "beta", "gamma"];

/** Flows an operator might have written: every node leads on to an end, by whatever choices. */
export function randomFlows(random: () => number, topics: readonly string[]): Content["flows"] {
  const flows = NAMES.map((id, index) => randomFlow(random, { id, others: NAMES.slice(index + 1), topics }));
  return Object.fromEntries(flows.map((flow) => [flow.id, flow]));
}

function randomFlow(
  random: () => number,
  { id, others, topics }: { id: string; others: string[]; topics: readonly string[] },
): Flow {
  const count = 4 + Math.floor(random() * 6);
  const ids = Array.from({ length: count }, (_, index) => `n${index}`);
  const says = (text: string) => ({ en: `${id} ${text}`, fr: `${id} ${text} (fr)` });

  function ask(index: number, next: string): Ask {
    const text = says(`asks at n${index}`);
    const base = {
      kind: "ask" as const,
      text,
      media: [],
      skippable: random() < 0.5,
      save: pick(random, SAVES),
      next,
    };
    const choices = ["x", "y", "z"].map((choice) => ({
      id: choice,
      label: { en: `${choice} of ${id} n${index}`, fr: `${choice} de ${id} n${index}` },
      // Back too: only an ask may lead to what was before.
      ...(random() < 0.4 ? { next: pick(random, ids) } : {}),
    }));
    const expects: Ask["expects"] = pick(random, [
      { type: "choice", rows: [choices.slice(0, 2), choices.slice(2)] },
      { type: "choice", rows: [choices] },
      { type: "text", maxLength: 20 },
      { type: "number", min: 0, max: 50 },
      { type: "date", to: "today" },
      { type: "location" },
      { type: "contact" },
    ] as const satisfies Ask["expects"][]);
    return { ...base, expects };
  }

  function action(): Extract<FlowNode, { kind: "act" }>["action"] {
    const field = pick(random, PROFILE_FIELDS);
    const value = field === "language" ? pick(random, ["en", "fr"]) : "18-or-over";
    return pick(random, [
      { do: "save", field, value },
      { do: "save", field, from: pick(random, SAVES) },
      { do: "ask", question: says("wonders?") },
      { do: "ask", from: pick(random, SAVES) },
      { do: "topic", topic: pick(random, topics) },
      ...(others.length > 0 ? [{ do: "flow" as const, flow: pick(random, others) }] : []),
      { do: "hand-over" },
    ]);
  }

  function node(index: number): FlowNode {
    if (index === count - 1)
      return { kind: "end", media: [], ...(random() < 0.5 ? { text: says("ends") } : {}) };
    const next = () => pick(random, ids.slice(index + 1));
    const kind = random();
    if (kind < 0.15) return { kind: "say", text: says(`says n${index}`), media: [], next: next() };
    if (kind < 0.65) return ask(index, next());
    if (kind < 0.8) {
      const subject =
        random() < 0.5 ? { profile: pick(random, PROFILE_FIELDS) } : { answer: pick(random, SAVES) };
      const test = pick(random, [{ is: "x" }, { isKnown: true }, { atLeast: 5 }, { oneOf: ["x", "en"] }]);
      return { kind: "branch", cases: [{ when: { ...subject, ...test }, next: next() }], otherwise: next() };
    }
    return { kind: "act", action: action(), next: next() };
  }

  return {
    id,
    version: "0a1b2c",
    title: says("title"),
    start: "n0",
    nodes: Object.fromEntries(ids.map((name, index) => [name, node(index)])),
  };
}

const SAVES = ["a", "b", "c"];
