import type { YamlPath } from "../files/yaml-file.ts";
import { checkAnswers } from "./answers.ts";
import type { FlowDraft, FlowSurroundings } from "./draft.ts";
import type { FlowNode } from "./flow.ts";
import { findSpin, nextOf, reachableFrom, stepsWithEnd } from "./graph.ts";

/** Telegram's limit for the data of a button, in bytes. */
const MAX_CALLBACK_DATA = 64;
/** What stands in the place of a choice for skip, back and cancel. */
const ADDED_BUTTON = "~c";

/** Tells everything that could fail in front of a person, as far as it does not follow from another mistake. */
export function checkFlow(draft: FlowDraft, surroundings: FlowSurroundings): void {
  checkFlowsAndTopics(draft, surroundings);
  const isConnected = checkNext(draft);
  if (!isConnected || draft.steps.size < draft.names.length) return;
  checkWays(draft);
  checkAnswers(draft, surroundings);
  for (const [id, node] of draft.steps) checkButtons(draft, id, node);
}

/** Whether every step that is led to exists. */
function checkNext({ start, steps, names, refuse }: FlowDraft): boolean {
  let isConnected = true;
  const check = (place: YamlPath, name: string): void => {
    if (names.includes(name)) return;
    isConnected = false;
    refuse(place, `names the step "${name}", which does not exist`);
  };
  check(["start"], start);
  for (const [id, node] of steps) {
    for (const next of nextOf(node)) check(["steps", id, ...placeOfNext(node, next)], next);
  }
  return isConnected;
}

function checkFlowsAndTopics({ steps, refuse }: FlowDraft, { topicIds, flowIds }: FlowSurroundings): void {
  for (const [id, node] of steps) {
    if (node.kind !== "act") continue;
    const { action } = node;
    if (action.do === "topic" && action.topic !== undefined && !topicIds.includes(action.topic))
      refuse(["steps", id, "topic"], `names the topic "${action.topic}", which does not exist`);
    if (action.do === "flow" && !flowIds.includes(action.flow))
      refuse(["steps", id, "flow"], `names the flow "${action.flow}", which does not exist`);
  }
}

/** Where in a step stands that it leads to `next`. */
function placeOfNext(node: FlowNode, next: string): YamlPath {
  if (node.kind === "branch") {
    const index = node.cases.findIndex((one) => one.next === next);
    return index < 0 ? ["otherwise"] : ["branch", index, "next"];
  }
  if (node.kind === "ask" && node.expects.type === "choice") {
    for (const [row, choices] of node.expects.rows.entries()) {
      const position = choices.findIndex((choice) => choice.next === next);
      if (position >= 0) return choices.length > 1 ? ["choices", row, position, "next"] : ["choices", row];
    }
  }
  return ["next"];
}

/** Every step can be reached, comes to an end, and does not go round by itself. */
function checkWays({ steps, start, refuse }: FlowDraft): void {
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
  const round = findSpin(steps);
  if (round) {
    refuse(
      ["steps", round[0] ?? start],
      `goes round without a question (${round.join(" → ")}); put an "ask" on the way, or lead out of it`,
    );
  }
}

/** The data of a button is `flow:<flow>:<version>:<step>:<choice>`. */
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
