import { expect } from "chai";
import type { Content } from "../../../lib/content/index.ts";
import { pendingAsk } from "../../../lib/conversation/flows/frames.ts";
import {
  answerWalk,
  backWalk,
  beginWalk,
  type FlowOutput,
  skipWalk,
  type Walk,
  type WalkContext,
} from "../../../lib/conversation/flows/walk.ts";

type Flow = Content["flows"][string];
type FlowNode = Flow["nodes"][string];

const words = (text: string) => ({ en: text });
const say = (text: string, next: string): FlowNode => ({ kind: "say", text: words(text), media: [], next });
const end = (text?: string): FlowNode => ({ kind: "end", media: [], ...(text ? { text: words(text) } : {}) });
const ask = (text: string, next: string, save?: string): FlowNode => ({
  kind: "ask",
  text: words(text),
  media: [],
  expects: { type: "text" },
  skippable: true,
  next,
  ...(save ? { save } : {}),
});
const act = (action: Extract<FlowNode, { kind: "act" }>["action"], next: string): FlowNode => ({
  kind: "act",
  action,
  next,
});

function flow(id: string, nodes: Record<string, FlowNode>): Flow {
  return { id, version: "000000", title: words(id), start: Object.keys(nodes)[0] ?? "", nodes };
}

/** The outputs of a walk, abbreviated. */
function shown({ outputs }: Walk): string[] {
  return outputs.map((output: FlowOutput) => {
    if (output.kind === "ask") return `ask ${output.ask.node.text.en}`;
    if (output.kind === "say") return `say ${output.text?.en}`;
    if (output.kind === "save") return `save ${output.field}=${output.value}`;
    return output.kind === "assistant" ? `assistant ${JSON.stringify(output.question)}` : output.kind;
  });
}

/** Walks through flows as a person who writes, skips and goes back. */
class Walker {
  walk: Walk;
  private readonly context: WalkContext;

  constructor(flows: Flow[], profile: WalkContext["profile"] = {}) {
    const byId = Object.fromEntries(flows.map((one) => [one.id, one]));
    this.context = { flows: byId, profile, languages: ["en", "fr"], hasTeam: false, today: "2026-06-15" };
    const [first] = flows;
    if (!first) throw new Error("no flow");
    this.walk = beginWalk(first, this.context);
  }

  get pending() {
    const pending = pendingAsk(this.context.flows, this.walk);
    if (!pending) throw new Error("nothing is asked");
    return pending;
  }

  write(text: string): string[] {
    const walk = answerWalk(this.walk.frames, this.pending, { kind: "text", text }, this.context);
    if (!("outputs" in walk)) throw new Error(walk.kind);
    this.walk = walk;
    return shown(walk);
  }

  skip(): string[] {
    this.walk = skipWalk(this.walk.frames, this.pending, this.context);
    return shown(this.walk);
  }

  back(): string[] {
    this.walk = backWalk(this.walk.frames, this.context);
    return shown(this.walk);
  }
}

describe("a walk through flows", () => {
  it("passes nodes up to the next ask or the end", () => {
    const walker = new Walker([
      flow("a", { hi: say("Hi", "name"), name: ask("Name?", "bye"), bye: end("Bye") }),
    ]);
    expect(shown(walker.walk)).to.deep.equal(["say Hi", "ask Name?"]);
    expect(walker.write("Ann")).to.deep.equal(["say Bye"]);
    expect(walker.walk.frames).to.deep.equal([]);
  });

  it("branches by answers and by what was just saved to the profile", () => {
    const branching = flow("a", {
      name: ask("Name?", "keep", "name"),
      keep: act({ do: "save", field: "name", from: "name" }, "which"),
      which: {
        kind: "branch",
        cases: [
          { when: { answer: "name", is: "Bo" }, next: "bo" },
          { when: { profile: "name", isKnown: true }, next: "known" },
        ],
        otherwise: "unknown",
      },
      bo: end("Bo"),
      known: end("Known"),
      unknown: end("Unknown"),
    });
    expect(new Walker([branching]).write("Bo")).to.deep.equal(["save name=Bo", "say Bo"]);
    expect(new Walker([branching]).write("Ann")).to.deep.equal(["save name=Ann", "say Known"]);
    expect(new Walker([branching]).skip()).to.deep.equal(["say Unknown"]);
    expect(new Walker([branching], { name: "Cy" }).skip()).to.deep.equal(["say Known"]);
  });

  it("goes back through a branch, forgetting the answers on the way", () => {
    const walker = new Walker([
      flow("a", {
        one: ask("One?", "two", "one"),
        two: ask("Two?", "which", "two"),
        which: {
          kind: "branch",
          cases: [{ when: { answer: "two", is: "x" }, next: "x" }],
          otherwise: "done",
        },
        x: ask("X?", "done"),
        done: end("Done"),
      }),
    ]);
    walker.write("1");
    walker.write("x");
    expect(walker.back()).to.deep.equal(["ask Two?"]);
    expect(walker.walk.frames[0]?.answers).to.deep.equal({ one: "1" });
    expect(walker.back()).to.deep.equal(["ask One?"]);
    expect(walker.pending.canGoBack).to.equal(false);
    expect(walker.back()).to.deep.equal(["ask One?"]);
    walker.write("1");
    expect(walker.write("y")).to.deep.equal(["say Done"]);
  });

  it("starts another flow and returns from it; back leads out of it, but not into it again", () => {
    const outer = flow("outer", {
      first: ask("First?", "inside"),
      inside: act({ do: "flow", flow: "inner" }, "last"),
      last: ask("Last?", "bye"),
      bye: end("Bye"),
    });
    const inner = flow("inner", { in: ask("In?", "out"), out: end("Out") });
    const walker = new Walker([outer, inner]);
    expect(walker.write("1")).to.deep.equal(["ask In?"]);
    expect(walker.back()).to.deep.equal(["ask First?"]);
    walker.write("1");
    expect(walker.write("2")).to.deep.equal(["say Out", "ask Last?"]);
    expect(walker.back()).to.deep.equal(["ask First?"]);
  });

  it("asks the assistant with the label of the choice, and not at all when it was skipped", () => {
    const asking = flow("a", {
      topic: {
        kind: "ask",
        text: words("About?"),
        media: [],
        expects: { type: "choice", rows: [[{ id: "c", label: words("Condoms") }]] },
        save: "about",
        skippable: true,
        next: "go",
      },
      go: act({ do: "ask", from: "about" }, "bye"),
      bye: end(),
    });
    expect(new Walker([asking]).write("condoms")).to.deep.equal(['assistant {"en":"Condoms"}']);
    expect(new Walker([asking]).skip()).to.deep.equal([]);
  });

  it("saves only what a profile can hold", () => {
    const saving = flow("a", {
      age: act({ do: "save", field: "ageGroup", value: "old" }, "language"),
      language: act({ do: "save", field: "language", value: "xx" }, "region"),
      region: act({ do: "save", field: "region", value: "r".repeat(500) }, "bye"),
      bye: end(),
    });
    expect(shown(new Walker([saving]).walk)).to.deep.equal([`save region=${"r".repeat(100)}`]);
  });

  it("ends at a cycle or a missing node", () => {
    const circle = flow("a", { x: say("x", "y"), y: say("y", "x") });
    expect(new Walker([circle]).walk.frames).to.deep.equal([]);
    const nested = flow("b", { again: act({ do: "flow", flow: "b" }, "gone") });
    expect(new Walker([nested]).walk.frames).to.deep.equal([]);
  });
});
