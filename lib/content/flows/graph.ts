import { type FlowNode, nextSteps, STEP_KINDS } from "./flow.ts";

/** The steps of a flow, by id. */
export type Steps = ReadonlyMap<string, FlowNode>;

/** The ids of the steps a step may lead to, without duplicates. */
export function nextIds(node: FlowNode): string[] {
  return [...new Set(nextSteps(node).map(({ id }) => id))];
}

/** `from` and every step that can be reached from it through steps for which `passes` holds. */
export function reachableFrom(
  steps: Steps,
  from: readonly string[],
  passes: (node: FlowNode) => boolean = () => true,
): Set<string> {
  const reached = new Set(from);
  for (const id of reached) {
    const node = steps.get(id);
    if (node && passes(node)) for (const next of nextIds(node)) reached.add(next);
  }
  return reached;
}

/** The steps from which an end can be reached. */
export function stepsWithEnd(steps: Steps): Set<string> {
  const good = new Set<string>();
  for (let before = -1; before < good.size; ) {
    before = good.size;
    for (const [id, node] of steps) {
      const isEnd = STEP_KINDS[node.kind] === "ends";
      if (isEnd || nextIds(node).some((next) => good.has(next))) good.add(id);
    }
  }
  return good;
}

/** Whether a step waits for the person. */
export function waits(node: FlowNode): boolean {
  return STEP_KINDS[node.kind] === "waits";
}

/** A cycle of steps none of which waits for the person, or null. */
export function findBusyCycle(steps: Steps): string[] | null {
  return findCycle([...steps.keys()], (id) => {
    const node = steps.get(id);
    return node && !waits(node) ? nextIds(node) : [];
  });
}

/** A cycle in a directed graph: its names, the first one again at the end. Null when there is none. */
export function findCycle(
  names: readonly string[],
  leadsTo: (name: string) => readonly string[],
): string[] | null {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): string[] | null => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return null;
    path.push(name);
    for (const next of leadsTo(name)) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(name);
    return null;
  };
  for (const name of names) {
    const cycle = visit(name);
    if (cycle) return cycle;
  }
  return null;
}
