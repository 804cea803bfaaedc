import type { Flow, FlowNode } from "../../content/index.ts";
import type { FlowFrame, FlowPosition } from "../../store/index.ts";

export type Flows = Readonly<Record<string, Flow>>;

type AskNode = Extract<FlowNode, { kind: "ask" }>;

/** Flows that started one another, at most; beyond that the first one is not returned to. */
const MAX_FRAMES = 8;

/** The way back is this long at most. */
const MAX_TRAIL = 50;

/** The flow of that name, if there is one. */
export function findFlow(flows: Flows, id: string): Flow | undefined {
  return Object.hasOwn(flows, id) ? flows[id] : undefined;
}

/** The frames with a flow begun on top of them. */
export function beginFlow(frames: readonly FlowFrame[], { id, version, start }: Flow): FlowFrame[] {
  const begun: FlowFrame = { flow: id, version, node: start, answers: {}, trail: [] };
  return [...frames, begun].slice(-MAX_FRAMES);
}

/** An ask that waits for its answer, and where it stands. */
export interface PresentAsk {
  flow: Flow;
  nodeId: string;
  node: AskNode;
  canGoBack: boolean;
}

/** The ask a position waits at; null when the flow was edited so that there is no such ask any more. */
export function presentAsk(flows: Flows, { frames }: Pick<FlowPosition, "frames">): PresentAsk | null {
  const frame = frames.at(-1);
  const flow = frame && findFlow(flows, frame.flow);
  const node = frame && flow && askOf(flow, frame.node);
  if (!node || node.expects.type !== frame.expects) return null;
  return { flow, nodeId: frame.node, node, canGoBack: goBack(flows, frames) !== null };
}

/** The frames with the last one moved on to a node, an answered ask remembered for the way back. */
export function moveOn(
  frames: readonly FlowFrame[],
  node: string,
  answered?: { node: string; save: string | undefined; value: string | number | undefined },
): FlowFrame[] {
  const frame = frames.at(-1);
  if (!frame) return [];
  const { expects: _expects, ...rest } = frame;
  const moved = { ...rest, node };
  if (answered) {
    moved.trail = [...frame.trail, answered.node].slice(-MAX_TRAIL);
    moved.answers = withAnswer(frame.answers, answered.save, answered.value);
  }
  return [...frames.slice(0, -1), moved];
}

/** The frames at the ask answered before, as if it had not been; null when there is none. */
export function goBack(flows: Flows, frames: readonly FlowFrame[]): FlowFrame[] | null {
  for (let depth = frames.length; depth > 0; depth -= 1) {
    const frame = frames[depth - 1];
    const flow = frame && findFlow(flows, frame.flow);
    if (!frame || !flow) continue;
    const index = frame.trail.findLastIndex((id) => askOf(flow, id));
    const node = frame.trail[index];
    if (node === undefined) continue;
    const answers = withAnswer(frame.answers, askOf(flow, node)?.save, undefined);
    return [...frames.slice(0, depth - 1), { ...frame, node, answers, trail: frame.trail.slice(0, index) }];
  }
  return null;
}

function withAnswer(
  answers: FlowFrame["answers"],
  name: string | undefined,
  value: string | number | undefined,
): FlowFrame["answers"] {
  if (name === undefined) return answers;
  const { [name]: _earlier, ...others } = answers;
  return value === undefined ? others : { ...others, [name]: value };
}

function askOf(flow: Flow, id: string): AskNode | undefined {
  const node = Object.hasOwn(flow.nodes, id) ? flow.nodes[id] : undefined;
  return node?.kind === "ask" ? node : undefined;
}
