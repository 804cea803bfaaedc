import type { Flow, FlowAction, FlowNode, LocalText, MediaItem, ProfileField } from "../../content/index.ts";
import type { FlowFrame, PersonFields } from "../../store/index.ts";
import { choicesOf, type FlowInput, readAnswer } from "./answer-reading.ts";
import { holds } from "./conditions.ts";
import {
  beginFlow,
  type FlowsById,
  findFlow,
  goBack,
  moveOn,
  type PendingAsk,
  pendingAsk,
} from "./frames.ts";

/** An effect of a walk. */
export type FlowOutput =
  | { kind: "say"; text?: LocalText; media: readonly MediaItem[] }
  | { kind: "ask"; ask: PendingAsk }
  | { kind: "save"; field: ProfileField; value: string }
  /** A question for the assistant: written by the operator, or an answer of the person. */
  | { kind: "assistant"; question: LocalText | string }
  | { kind: "topic"; topic: string }
  /** With the answers so far, by name. */
  | { kind: "hand-over"; reason?: LocalText; answers: readonly { name: string; said: LocalText | string }[] };

/** The result of walking through nodes up to the next ask, or to the end, where no frames are left. */
export interface Walk {
  outputs: FlowOutput[];
  frames: readonly FlowFrame[];
}

export interface WalkContext {
  flows: FlowsById;
  profile: PersonFields;
  languages: readonly string[];
  /** Whether there is a team to hand over to. */
  hasTeam: boolean;
  /** An ISO date. */
  today: string;
}

/** A bound for the nodes between two asks; the content check allows no cycle without an ask. */
const MAX_NODES = 50;

/** The longest answer a profile stores, in UTF-16 units. */
const MAX_PROFILE_LENGTH = 100;

/** Begins a flow. */
export function beginWalk(flow: Flow, context: WalkContext): Walk {
  return walk(beginFlow([], flow), context);
}

/** Continues from the pending ask with an answer, unless the input is not an answer. */
export function answerWalk(
  frames: readonly FlowFrame[],
  ask: PendingAsk,
  input: FlowInput,
  context: WalkContext,
): Walk | { kind: "misfit" } | { kind: "question" } {
  const { node, nodeId } = ask;
  const answer = readAnswer(node.expects, input, context.today);
  if (answer.kind !== "answer") return answer;
  const next = answer.choice?.next ?? node.next;
  return walk(moveOn(frames, next, { node: nodeId, save: node.save, value: answer.value }), context);
}

/** Continues from the pending ask without an answer. */
export function skipWalk(
  frames: readonly FlowFrame[],
  { node, nodeId }: PendingAsk,
  context: WalkContext,
): Walk {
  return walk(moveOn(frames, node.next, { node: nodeId, save: node.save, value: undefined }), context);
}

/** Goes back to the previous ask, if there is one. */
export function backWalk(frames: readonly FlowFrame[], context: WalkContext): Walk {
  return walk(goBack(context.flows, frames) ?? frames, context);
}

/** Passes from node to node up to the next ask, or the end of all flows. */
function walk(start: readonly FlowFrame[], context: WalkContext): Walk {
  const { flows, languages, hasTeam } = context;
  const outputs: FlowOutput[] = [];
  const profile = { ...context.profile };
  let frames = start;
  for (let passed = 0; passed < MAX_NODES; passed += 1) {
    const frame = frames.at(-1);
    if (!frame) break;
    const flow = findFlow(flows, frame.flow);
    const node = flow && Object.hasOwn(flow.nodes, frame.node) ? flow.nodes[frame.node] : undefined;
    if (!flow || !node) {
      frames = frames.slice(0, -1); // an edit of the content removed the node; the outer flow continues
      continue;
    }
    switch (node.kind) {
      case "say":
        outputs.push(saying(node));
        frames = moveOn(frames, node.next);
        break;
      case "ask": {
        const waiting = { ...frame, version: flow.version, expects: node.expects.type };
        frames = [...frames.slice(0, -1), waiting];
        const ask = pendingAsk(flows, { frames });
        if (ask) outputs.push({ kind: "ask", ask });
        return { outputs, frames };
      }
      case "branch": {
        const { answers } = frame;
        const found = node.cases.find(({ when }) => holds(when, { profile, answers, hasTeam }));
        frames = moveOn(frames, found?.next ?? node.otherwise);
        break;
      }
      case "act": {
        const output = actionOutput(node.action, flow, frame, languages);
        if (output?.kind === "save") Object.assign(profile, { [output.field]: output.value });
        if (output) outputs.push(output);
        frames = moveOn(frames, node.next);
        const started = node.action.do === "flow" ? findFlow(flows, node.action.flow) : undefined;
        if (started) frames = beginFlow(frames, started);
        break;
      }
      case "end":
        if (node.text || node.media.length > 0) outputs.push(saying(node));
        frames = frames.slice(0, -1); // the outer flow continues
        break;
      default:
        node satisfies never;
    }
  }
  return { outputs, frames: [] };
}

function saying({ text, media }: Extract<FlowNode, { kind: "say" | "end" }>): FlowOutput {
  return { kind: "say", media, ...(text ? { text } : {}) };
}

/** The output of an action; null when it has none, or when the answer it uses was skipped. */
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
      return null;
  }
}

/** An answer as the person saw or wrote it: for a choice, its label. */
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

/** The value to store in a field of the profile; null when the field cannot hold it. */
function profileValue(field: ProfileField, value: string, languages: readonly string[]): string | null {
  switch (field) {
    case "language":
      return languages.includes(value) ? value : null;
    case "ageGroup":
      return value === "under-18" || value === "18-or-over" ? value : null;
    case "topic":
    case "name":
    case "region":
      return value.slice(0, MAX_PROFILE_LENGTH);
  }
}
