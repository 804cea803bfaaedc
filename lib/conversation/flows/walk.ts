import type { Flow, FlowAction, FlowNode, LocalText, MediaItem, ProfileField } from "../../content/index.ts";
import type { FlowFrame, PersonFields } from "../../store/index.ts";
import { choicesOf, type FlowInput, readAnswer } from "./answer-reading.ts";
import { holds } from "./conditions.ts";
import { beginFlow, type Flows, findFlow, goBack, moveOn, type PresentAsk, presentAsk } from "./frames.ts";

/** What a flow does on its way, in order. */
export type FlowOutput =
  | { kind: "say"; text?: LocalText; media: readonly MediaItem[] }
  | { kind: "ask"; ask: PresentAsk }
  | { kind: "save"; field: ProfileField; value: string }
  /** A question for the assistant: the operator's, or what the person answered. */
  | { kind: "assistant"; question: LocalText | string }
  | { kind: "topic"; topic: string }
  /** With what was answered so far, by the name it was kept under. */
  | { kind: "hand-over"; reason?: LocalText; answers: readonly { name: string; said: LocalText | string }[] };

/** Where a walk led: at an ask, or through, with no frames left. */
export interface Walk {
  outputs: FlowOutput[];
  frames: readonly FlowFrame[];
}

/** What a walk needs to know. */
export interface WalkContext {
  flows: Flows;
  profile: PersonFields;
  languages: readonly string[];
  /** Whether there is a team to hand over to. */
  hasTeam: boolean;
  /** An ISO date. */
  today: string;
}

/** So many nodes are passed without an ask at most: the content check lets no flow go in circles. */
const MAX_NODES = 50;

/** What a profile keeps of an answer, in UTF-16 units. */
const MAX_PROFILE_LENGTH = 100;

/** Begins a flow. */
export function beginWalk(flow: Flow, context: WalkContext): Walk {
  return walk(beginFlow([], flow), context);
}

/** Goes on from the present ask with an answer; says so where the input is none. */
export function answerWalk(
  frames: readonly FlowFrame[],
  ask: PresentAsk,
  input: FlowInput,
  context: WalkContext,
): Walk | { kind: "misfit" } | { kind: "question" } {
  const { node, nodeId } = ask;
  const answer = readAnswer(node.expects, input, context.today);
  if (answer.kind !== "answer") return answer;
  const next = answer.choice?.next ?? node.next;
  return walk(moveOn(frames, next, { node: nodeId, save: node.save, value: answer.value }), context);
}

/** Goes on from the present ask without an answer. */
export function skipWalk(
  frames: readonly FlowFrame[],
  { node, nodeId }: PresentAsk,
  context: WalkContext,
): Walk {
  return walk(moveOn(frames, node.next, { node: nodeId, save: node.save, value: undefined }), context);
}

/** Goes back to the ask before the present one; stays where there is none. */
export function backWalk(frames: readonly FlowFrame[], context: WalkContext): Walk {
  return walk(goBack(context.flows, frames) ?? frames, context);
}

/** Passes from node to node up to the next ask, or the end of all flows. */
function walk(start: readonly FlowFrame[], context: WalkContext): Walk {
  const outputs: FlowOutput[] = [];
  const profile = { ...context.profile };
  let frames = start;
  for (let passed = 0; passed < MAX_NODES; passed += 1) {
    const frame = frames.at(-1);
    if (!frame) break;
    const flow = findFlow(context.flows, frame.flow);
    const node = flow && Object.hasOwn(flow.nodes, frame.node) ? flow.nodes[frame.node] : undefined;
    if (!flow || !node || node.kind === "end") {
      if (node?.kind === "end" && (node.text || node.media.length > 0)) outputs.push(saying(node));
      frames = frames.slice(0, -1); // what started it goes on; so it does where an edit took the node away
    } else if (node.kind === "ask") {
      const waiting = { ...frame, version: flow.version, expects: node.expects.type };
      frames = [...frames.slice(0, -1), waiting];
      const ask = presentAsk(context.flows, { frames });
      if (ask) outputs.push({ kind: "ask", ask });
      return { outputs, frames };
    } else if (node.kind === "say") {
      outputs.push(saying(node));
      frames = moveOn(frames, node.next);
    } else if (node.kind === "branch") {
      const { answers } = frame;
      const found = node.cases.find(({ when }) =>
        holds(when, { profile, answers, hasTeam: context.hasTeam }),
      );
      frames = moveOn(frames, found?.next ?? node.otherwise);
    } else {
      const output = actionOutput(node.action, flow, frame, context.languages);
      if (output?.kind === "save") Object.assign(profile, { [output.field]: output.value });
      if (output) outputs.push(output);
      frames = moveOn(frames, node.next);
      const started = node.action.do === "flow" ? findFlow(context.flows, node.action.flow) : undefined;
      if (started) frames = beginFlow(frames, started);
    }
  }
  return { outputs, frames: [] };
}

function saying({ text, media }: Extract<FlowNode, { kind: "say" | "end" }>): FlowOutput {
  return { kind: "say", media, ...(text ? { text } : {}) };
}

/** What an action does beside leading on; null where what it needs was skipped. */
function actionOutput(
  action: FlowAction,
  flow: Flow,
  { answers }: FlowFrame,
  languages: readonly string[],
): FlowOutput | null {
  switch (action.do) {
    case "save": {
      const value = action.from === undefined ? action.value : answers[action.from];
      const kept = value === undefined ? null : profileValue(action.field, String(value), languages);
      return kept === null ? null : { kind: "save", field: action.field, value: kept };
    }
    case "ask": {
      const question =
        action.question ?? (action.from === undefined ? undefined : said(flow, answers, action.from));
      return question === undefined ? null : { kind: "assistant", question };
    }
    case "topic": {
      const topic = action.topic ?? (action.from === undefined ? undefined : answers[action.from]);
      return topic === undefined ? null : { kind: "topic", topic: String(topic) };
    }
    case "hand-over":
      return {
        kind: "hand-over",
        ...(action.reason ? { reason: action.reason } : {}),
        answers: Object.keys(answers).map((name) => ({ name, said: said(flow, answers, name) ?? "" })),
      };
    case "flow":
  }
  return null;
}

/** An answer in the words a person saw or wrote: of a choice, its label. */
function said(flow: Flow, answers: FlowFrame["answers"], name: string): LocalText | string | undefined {
  const value = answers[name];
  if (value === undefined) return undefined;
  for (const node of Object.values(flow.nodes)) {
    if (node.kind !== "ask" || node.save !== name) continue;
    const choice = choicesOf(node.expects).find(({ id }) => id === value);
    if (choice) return choice.label;
  }
  return String(value);
}

/** What a field of the profile keeps of a value; null where it cannot. */
function profileValue(field: ProfileField, value: string, languages: readonly string[]): string | null {
  if (field === "language") return languages.includes(value) ? value : null;
  if (field === "ageGroup") return value === "under-18" || value === "18-or-over" ? value : null;
  return value.slice(0, MAX_PROFILE_LENGTH);
}
