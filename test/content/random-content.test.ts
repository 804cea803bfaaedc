import { expect } from "chai";
import fc from "fast-check";
import type { Mistake } from "../../lib/content/files/mistakes.ts";
import { loadFlows } from "../../lib/content/flows/load-flows.ts";
import type { Flow, FlowNode, Topic } from "../../lib/content/index.ts";
import { loadTopics } from "../../lib/content/topics/load-topics.ts";
import { doubtfulContent, folderOf, type RandomFiles, soundContent } from "../support/random-content.ts";
import { share } from "../support/thorough.ts";

const LANGUAGES = ["en", "fr"];
const MEDIA = { findMistake: async () => null };

async function load(files: RandomFiles): Promise<{ flows: Flow[]; topics: Topic[]; mistakes: Mistake[] }> {
  const mistakes: Mistake[] = [];
  const folder = folderOf(files);
  const { topics, ids: topicIds } = await loadTopics(folder, LANGUAGES, MEDIA, mistakes);
  const sources = { languages: LANGUAGES, topics, topicIds, media: MEDIA };
  const flows = await loadFlows(folder, sources, mistakes);
  return { flows: Object.values(flows), topics, mistakes };
}

/** Where a step leads; written independently of the code under test. */
function leadsOf(node: FlowNode): string[] {
  if (node.kind === "end") return [];
  if (node.kind === "branch") return [...node.cases.map(({ next }) => next), node.otherwise];
  if (node.kind !== "ask" || node.expects.type !== "choice") return [node.next];
  const chosen = node.expects.rows.flat().map((choice) => choice.next ?? node.next);
  return node.skippable ? [...chosen, node.next] : chosen;
}

/** Follows every path a person could take, and fails at dead ends. */
function expectNobodyIsLost({ id, version, start, nodes }: Flow): void {
  const nodeAt = (name: string): FlowNode => {
    expect(nodes, `${id} leads to ${name}`).to.have.own.property(name);
    return nodes[name] as FlowNode;
  };
  const reached = new Set([start]);
  for (const name of reached) for (const next of leadsOf(nodeAt(name))) reached.add(next);
  expect([...reached].toSorted(), `${id} shows all its steps`).to.deep.equal(Object.keys(nodes).toSorted());
  for (const name of reached) {
    const onward = new Set([name]);
    for (const step of onward) for (const next of leadsOf(nodeAt(step))) onward.add(next);
    expect(
      [...onward].some((step) => nodeAt(step).kind === "end"),
      `${id} ends after ${name}`,
    ).to.equal(true);
    const unasked = new Set(leadsOf(nodeAt(name)));
    for (const step of unasked)
      if (nodeAt(step).kind !== "ask") for (const next of leadsOf(nodeAt(step))) unasked.add(next);
    if (nodeAt(name).kind !== "ask") expect([...unasked], `${id} rests after ${name}`).not.to.include(name);
    const node = nodeAt(name);
    if (node.kind === "ask" && node.expects.type === "choice") {
      for (const choice of node.expects.rows.flat()) {
        expect(Buffer.byteLength(`flow:${id}:${version}:${name}:${choice.id}`)).to.be.at.most(64);
      }
    }
  }
}

describe("random content", () => {
  it("without mistakes is accepted, and every path leads to an end", async () => {
    await fc.assert(
      fc.asyncProperty(soundContent, async (files) => {
        const { flows, topics, mistakes } = await load(files);
        expect(mistakes).to.deep.equal([]);
        expect(topics).to.have.lengthOf(1);
        expect(flows.map(({ id }) => `flows/${id}.yaml`)).to.deep.equal(
          Object.keys(files).filter((path) => path.startsWith("flows/")),
        );
        for (const flow of flows) expectNobodyIsLost(flow);
      }),
      { numRuns: share(50), seed: 1 },
    );
  });

  it("with mutations is either refused, with file and line, or sound", async () => {
    const count = { refused: 0, taken: 0 };
    await fc.assert(
      fc.asyncProperty(doubtfulContent, async (files) => {
        const { flows, mistakes } = await load(files);
        if (mistakes.length === 0) {
          count.taken += 1;
          for (const flow of flows) expectNobodyIsLost(flow);
          return;
        }
        count.refused += 1;
        for (const { file, line, text } of mistakes) {
          expect(file).to.equal("flows/f0.yaml");
          expect(line, text).to.be.within(1, String(files[file]).split("\n").length);
          expect(text).to.match(/./);
        }
      }),
      { numRuns: share(150), seed: 2 },
    );
    expect(count.refused).to.be.greaterThan(share(30));
    expect(count.taken).to.be.greaterThan(share(10));
  });
});
