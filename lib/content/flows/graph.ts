import type { FlowNode } from "./flow.ts";

/** The steps of a flow, by id; only names that exist lead from one to another. */
export type Steps = ReadonlyMap<string, FlowNode>;

/** Where a step may lead, each place once. */
export function nextOf(node: FlowNode): string[] {
  switch (node.kind) {
    case "say":
    case "act":
      return [node.next];
    case "ask": {
      if (node.expects.type !== "choice") return [node.next];
      const chosen = node.expects.rows.flat().map((choice) => choice.next ?? node.next);
      return [...new Set(node.skippable ? [...chosen, node.next] : chosen)];
    }
    case "branch":
      return [...new Set([...node.cases.map((one) => one.next), node.otherwise])];
    default:
      return [];
  }
}

/** Every step that can come after `from` was left, or is among `from` itself, going on from steps that `passes`. */
export function reachableFrom(
  steps: Steps,
  from: readonly string[],
  passes: (node: FlowNode) => boolean = () => true,
): Set<string> {
  const reached = new Set(from);
  for (const id of reached) {
    const node = steps.get(id);
    if (node && passes(node)) for (const next of nextOf(node)) reached.add(next);
  }
  return reached;
}

/** The steps from which an end can be reached. */
export function stepsWithEnd(steps: Steps): Set<string> {
  const good = new Set<string>();
  for (let before = -1; before < good.size; ) {
    before = good.size;
    for (const [id, node] of steps) {
      if (node.kind === "end" || nextOf(node).some((next) => good.has(next))) good.add(id);
    }
  }
  return good;
}

/** A round that leads back to where it began without a question on the way, or null. */
export function findSpin(steps: Steps): string[] | null {
  const isPaused = (id: string): boolean => steps.get(id)?.kind === "ask";
  return findRound([...steps.keys()], (id) => {
    const node = steps.get(id);
    return node && !isPaused(id) ? nextOf(node).filter((next) => !isPaused(next)) : [];
  });
}

/** A round in what leads to what: the names on it, the first again at its end; null when there is none. */
export function findRound(
  names: readonly string[],
  leadsTo: (name: string) => readonly string[],
): string[] | null {
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (name: string): string[] | null => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return null;
    way.push(name);
    for (const next of leadsTo(name)) {
      const round = visit(next);
      if (round) return round;
    }
    way.pop();
    done.add(name);
    return null;
  };
  for (const name of names) {
    const round = visit(name);
    if (round) return round;
  }
  return null;
}
