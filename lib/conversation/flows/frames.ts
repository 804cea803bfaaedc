import type { AskNode, Flow } from "../../content/index.ts";
import type { FlowFrame, FlowPosition } from "../../store/index.ts";

export type FlowsById = Readonly<Record<string, Flow>>;

/** The limit for nested flows; the outermost ones are dropped beyond it. */
const MAX_FRAMES = 8;

/** The number of steps a person can go back. */
const MAX_TRAIL = 50;

/** The flow with this id, if it exists. */
export function findFlow(flows: FlowsById, id: string): Flow | undefined {
  return Object.hasOwn(flows, id) ? flows[id] : undefined;
}

/** Pushes a frame at the start of a flow. */
export function beginFlow(frames: readonly FlowFrame[], { id, version, start }: Flow): FlowFrame[] {
  const begun: FlowFrame = { flow: id, version, node: start, answers: {}, trail: [] };
  return [...frames, begun].slice(-MAX_FRAMES);
}

/** An ask that waits for its answer. */
export interface PendingAsk {
  flow: Flow;
  nodeId: string;
  node: AskNode;
  canGoBack: boolean;
}

/** The ask at a position; null when an edit of the content removed it. */
export function pendingAsk(flows: FlowsById, { frames }: Pick<FlowPosition, "frames">): PendingAsk | null {
  const frame = frames.at(-1);
  const flow = frame && findFlow(flows, frame.flow);
  const node = frame && flow && askAt(flow, frame.node);
  if (!node || node.expects.type !== frame.expects) return null;
  return { flow, nodeId: frame.node, node, canGoBack: goBack(flows, frames) !== null };
}

/** Moves the last frame to a node, and records the answered ask for going back. */
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

/** Moves the frames back to the previous ask and removes its answer; null when there is none. */
export function goBack(flows: FlowsById, frames: readonly FlowFrame[]): FlowFrame[] | null {
  for (let depth = frames.length; depth > 0; depth -= 1) {
    const frame = frames[depth - 1];
    const flow = frame && findFlow(flows, frame.flow);
    if (!frame || !flow) continue;
    const index = frame.trail.findLastIndex((id) => askAt(flow, id));
    const node = frame.trail[index];
    if (node === undefined) continue;
    const answers = withAnswer(frame.answers, askAt(flow, node)?.save, undefined);
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

function askAt(flow: Flow, id: string): AskNode | undefined {
  const node = Object.hasOwn(flow.nodes, id) ? flow.nodes[id] : undefined;
  return node?.kind === "ask" ? node : undefined;
}
