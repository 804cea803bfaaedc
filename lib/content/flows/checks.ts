import type { YamlPath } from "../files/yaml-file.ts";
import { checkAnswers } from "./answers.ts";
import type { FlowDraft, FlowReferences } from "./draft.ts";
import { type FlowNode, nextSteps } from "./flow.ts";
import { findBusyCycle, reachableFrom, stepsWithEnd } from "./graph.ts";

/** Telegram's limit for the data of a button, in bytes. */
const MAX_CALLBACK_DATA = 64;
/** The callback data of skip, back and cancel has this length in the place of a choice. */
const ADDED_BUTTON = "~c";

/** Reports everything that would fail in front of a person, except what follows from another mistake. */
export function checkFlow(draft: FlowDraft, references: FlowReferences): void {
  checkFlowsAndTopics(draft, references);
  const isConnected = checkNext(draft);
  if (!isConnected || draft.steps.size < draft.names.length) return;
  checkPaths(draft);
  checkAnswers(draft, references);
  for (const [id, node] of draft.steps) checkButtons(draft, id, node);
}

/** Whether every step that another one leads to exists. */
function checkNext({ start, steps, names, refuse }: FlowDraft): boolean {
  let isConnected = true;
  const check = (place: YamlPath, name: string): void => {
    if (names.includes(name)) return;
    isConnected = false;
    refuse(place, `names the step "${name}", which does not exist`);
  };
  check(["start"], start);
  for (const [id, node] of steps) {
    const checked = new Set<string>();
    for (const next of nextSteps(node)) {
      if (!checked.has(next.id)) check(["steps", id, ...next.place], next.id);
      checked.add(next.id);
    }
  }
  return isConnected;
}

function checkFlowsAndTopics({ steps, refuse }: FlowDraft, { topicIds, flowIds }: FlowReferences): void {
  for (const [id, node] of steps) {
    if (node.kind !== "act") continue;
    const { action } = node;
    if (action.do === "topic" && action.topic !== undefined && !topicIds.includes(action.topic))
      refuse(["steps", id, "topic"], `names the topic "${action.topic}", which does not exist`);
    if (action.do === "flow" && !flowIds.includes(action.flow))
      refuse(["steps", id, "flow"], `names the flow "${action.flow}", which does not exist`);
  }
}

/** Checks that every step can be reached, leads to an end, and is in no cycle that waits for nobody. */
function checkPaths({ steps, start, refuse }: FlowDraft): void {
  const reached = reachableFrom(steps, [start]);
  for (const id of steps.keys()) {
    if (!reached.has(id))
      refuse(["steps", id], "is never reached; let a step lead to it with next, or remove it");
  }
  const withEnd = stepsWithEnd(steps);
  const [trapped, ...others] = [...reached].filter((id) => !withEnd.has(id));
  if (trapped !== undefined) {
    const list = others.length > 0 ? ` (nor do ${others.join(", ")})` : "";
    refuse(["steps", trapped], `never comes to an end${list}; let it lead to a step with "end"`);
  }
  const cycle = findBusyCycle(steps);
  if (cycle) {
    refuse(
      ["steps", cycle[0] ?? start],
      `goes round without a question (${cycle.join(" → ")}); put an "ask" on the way, or lead out of it`,
    );
  }
}

/** Callback data is `flow:<flow>:<version>:<step>:<choice>`. */
function checkButtons({ id: flowId, refuse }: FlowDraft, id: string, node: FlowNode): void {
  if (node.kind !== "ask") return;
  const choices = node.expects.type === "choice" ? node.expects.rows.flat().map((choice) => choice.id) : [];
  const longest = [...choices, ADDED_BUTTON].reduce((a, b) => (b.length > a.length ? b : a));
  const bytes = Buffer.byteLength(`flow:${flowId}:123456:${id}:${longest}`);
  if (bytes > MAX_CALLBACK_DATA) {
    const over = bytes - MAX_CALLBACK_DATA;
    refuse(
      ["steps", id],
      `makes a button longer than Telegram takes; shorten the names "${flowId}", "${id}" or "${longest}" by ${over} in all`,
    );
  }
}
