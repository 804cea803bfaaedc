import { createHash } from "node:crypto";
import * as z from "zod";
import type { ContentFolder } from "../files/content-folder.ts";
import { type MediaFolder, refuseMedia } from "../files/media-folder.ts";
import type { Mistake } from "../files/mistakes.ts";
import { namedFiles, nameMistake, nameSchema } from "../files/names.ts";
import { openYaml, type YamlDocument } from "../files/yaml-file.ts";
import { type LocalText, localTexts } from "../locales/local-text.ts";
import { checkFlow } from "./checks.ts";
import type { ChoiceSources } from "./choices.ts";
import type { FlowDraft } from "./draft.ts";
import type { Flow, FlowNode } from "./flow.ts";
import { findCycle, reachableFrom, waits } from "./graph.ts";
import { createStepReader } from "./steps.ts";

/** The rest of the content, as far as flows use it. */
export interface FlowSources extends ChoiceSources {
  media: MediaFolder;
}

/** A draft with its title and file. */
interface ReadFlow extends FlowDraft {
  title: LocalText;
  document: YamlDocument;
}

/** Reads and checks `flows/<id>.yaml`; unreadable ones are left out. */
export async function loadFlows(
  folder: ContentFolder,
  sources: FlowSources,
  mistakes: Mistake[],
): Promise<Record<string, Flow>> {
  const readFlow = createFlowReader(sources);
  const flowIds: string[] = [];
  const drafts: ReadFlow[] = [];
  for (const { name, file, mistake } of namedFiles(await folder.list("flows"), "welcome.yaml")) {
    const path = `flows/${file}`;
    if (mistake) {
      mistakes.push({ file: path, text: mistake });
      continue;
    }
    flowIds.push(name);
    const text = await folder.read(path);
    const document = text && openYaml(text, mistakes);
    const draft = document && readFlow(document, name);
    if (draft) drafts.push(draft);
  }
  const references = { languages: sources.languages, topicIds: sources.topicIds, flowIds };
  for (const draft of drafts) {
    checkFlow(draft, references);
    await checkMedia(draft, sources.media);
  }
  checkRecursion(drafts);
  return byName(drafts.map((draft) => [draft.id, toFlow(draft)]));
}

/** Reads a flow with the steps that could be read; null when it has no title or no step. */
function createFlowReader(sources: FlowSources): (document: YamlDocument, id: string) => ReadFlow | null {
  const readStep = createStepReader(sources);
  const schema = z.strictObject({
    title: localTexts(sources.languages).label(),
    start: nameSchema.optional(),
    steps: z
      .record(z.string(), z.unknown())
      .refine((steps) => Object.keys(steps).length > 0, "is empty; add a step"),
  });
  return (document, id) => {
    const flow = document.check([], schema);
    const written = document.at(["steps"]);
    const ids = typeof written === "object" && written !== null ? Object.keys(written) : [];
    const steps = new Map<string, FlowNode>();
    for (const step of ids) {
      const mistake = nameMistake(step);
      if (mistake) document.refuse(["steps", step], mistake);
      const node = readStep(document, ["steps", step]);
      if (node && !mistake) steps.set(step, node);
    }
    const [first] = ids;
    if (!flow || first === undefined) return null;
    const { title, start = first } = flow;
    return { id, title, start, steps, names: ids, document, refuse: document.refuse };
  };
}

async function checkMedia({ steps, document }: ReadFlow, media: MediaFolder): Promise<void> {
  for (const [id, node] of steps) {
    if ("media" in node) await refuseMedia(document, ["steps", id], node.media, media);
  }
}

/** A flow that starts itself, directly or through others, before it asks anything would never stop. */
function checkRecursion(drafts: readonly ReadFlow[]): void {
  const startsAtOnce = (flowId: string): string[] => {
    const draft = drafts.find(({ id }) => id === flowId);
    if (!draft) return [];
    const reached = reachableFrom(draft.steps, [draft.start], (node) => !waits(node));
    return [...reached].flatMap((id) => {
      const node = draft.steps.get(id);
      return node?.kind === "act" && node.action.do === "flow" ? [node.action.flow] : [];
    });
  };
  const cycle = findCycle(
    drafts.map(({ id }) => id),
    startsAtOnce,
  );
  const [first, second] = cycle ?? [];
  const draft = drafts.find(({ id }) => id === first);
  const step = [...(draft?.steps ?? [])].find(
    ([, node]) => node.kind === "act" && node.action.do === "flow" && node.action.flow === second,
  );
  if (cycle && step)
    draft?.refuse(
      ["steps", step[0], "flow"],
      `starts flows in a round before anything is asked (${cycle.join(" → ")}); break it, or ask something first`,
    );
}

function toFlow({ id, title, start, steps }: ReadFlow): Flow {
  const nodes = byName([...steps].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const meaning = JSON.stringify([title, start, nodes]);
  return {
    id,
    version: createHash("sha256").update(meaning).digest("hex").slice(0, 6),
    title,
    start,
    nodes: byName(steps),
  };
}

/** Flows that were stored and read again, with records as `loadFlows` makes them. */
export function restoreFlows(stored: Readonly<Record<string, Flow>>): Record<string, Flow> {
  const restored = Object.entries(stored).map(([id, flow]) => {
    const nodes = byName(Object.entries(flow.nodes));
    return [id, { ...flow, nodes }] as const;
  });
  return byName(restored);
}

/** A record without a prototype, so that a name such as "constructor" finds nothing. */
function byName<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries));
}
