import { expect } from "chai";
import type { Content } from "../../../lib/content/index.ts";
import { presentAsk } from "../../../lib/conversation/flows/frames.ts";
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

/** What a walk shows, in short. */
function shown({ outputs }: Walk): string[] {
  return outputs.map((output: FlowOutput) => {
    if (output.kind === "ask") return `ask ${output.ask.node.text.en}`;
    if (output.kind === "say") return `say ${output.text?.en}`;
    if (output.kind === "save") return `save ${output.field}=${output.value}`;
    return output.kind === "assistant" ? `assistant ${JSON.stringify(output.question)}` : output.kind;
  });
}

/** A person's way through flows, by what they write at each ask. */
class Way {
  walk: Walk;
  private readonly context: WalkContext;

  constructor(flows: Flow[], profile: WalkContext["profile"] = {}) {
    const byId = Object.fromEntries(flows.map((one) => [one.id, one]));
    this.context = { flows: byId, profile, languages: ["en", "fr"], hasTeam: false, today: "2026-06-15" };
    const [first] = flows;
    if (!first) throw new Error("no flow");
    this.walk = beginWalk(first, this.context);
  }

  get present() {
    const present = presentAsk(this.context.flows, this.walk);
    if (!present) throw new Error("nothing is asked");
    return present;
  }

  write(text: string): string[] {
    const walk = answerWalk(this.walk.frames, this.present, { kind: "text", text }, this.context);
    if (!("outputs" in walk)) throw new Error(walk.kind);
    this.walk = walk;
    return shown(walk);
  }

  skip(): string[] {
    this.walk = skipWalk(this.walk.frames, this.present, this.context);
    return shown(this.walk);
  }

  back(): string[] {
    this.walk = backWalk(this.walk.frames, this.context);
    return shown(this.walk);
  }
}

describe("the way through flows", () => {
  it("passes what needs no answer, up to the next ask or the end", () => {
    const way = new Way([flow("a", { hi: say("Hi", "name"), name: ask("Name?", "bye"), bye: end("Bye") })]);
    expect(shown(way.walk)).to.deep.equal(["say Hi", "ask Name?"]);
    expect(way.write("Ann")).to.deep.equal(["say Bye"]);
    expect(way.walk.frames).to.deep.equal([]);
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
    expect(new Way([branching]).write("Bo")).to.deep.equal(["save name=Bo", "say Bo"]);
    expect(new Way([branching]).write("Ann")).to.deep.equal(["save name=Ann", "say Known"]);
    expect(new Way([branching]).skip()).to.deep.equal(["say Unknown"]);
    expect(new Way([branching], { name: "Cy" }).skip()).to.deep.equal(["say Known"]);
  });

  it("goes back through a branch, forgetting the answers on the way", () => {
    const way = new Way([
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
    way.write("1");
    way.write("x");
    expect(way.back()).to.deep.equal(["ask Two?"]);
    expect(way.walk.frames[0]?.answers).to.deep.equal({ one: "1" });
    expect(way.back()).to.deep.equal(["ask One?"]);
    expect(way.present.canGoBack).to.equal(false);
    expect(way.back()).to.deep.equal(["ask One?"]);
    way.write("1");
    expect(way.write("y")).to.deep.equal(["say Done"]);
  });

  it("starts another flow and returns from it; back leads out of it, but not into it again", () => {
    const outer = flow("outer", {
      first: ask("First?", "inside"),
      inside: act({ do: "flow", flow: "inner" }, "last"),
      last: ask("Last?", "bye"),
      bye: end("Bye"),
    });
    const inner = flow("inner", { in: ask("In?", "out"), out: end("Out") });
    const way = new Way([outer, inner]);
    expect(way.write("1")).to.deep.equal(["ask In?"]);
    expect(way.back()).to.deep.equal(["ask First?"]);
    way.write("1");
    expect(way.write("2")).to.deep.equal(["say Out", "ask Last?"]);
    expect(way.back()).to.deep.equal(["ask First?"]);
  });

  it("asks the assistant what was chosen, in the words of the button, and nothing when it was skipped", () => {
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
    expect(new Way([asking]).write("condoms")).to.deep.equal(['assistant {"en":"Condoms"}']);
    expect(new Way([asking]).skip()).to.deep.equal([]);
  });

  it("saves only what a profile can hold", () => {
    const saving = flow("a", {
      age: act({ do: "save", field: "ageGroup", value: "old" }, "language"),
      language: act({ do: "save", field: "language", value: "xx" }, "region"),
      region: act({ do: "save", field: "region", value: "r".repeat(500) }, "bye"),
      bye: end(),
    });
    expect(shown(new Way([saving]).walk)).to.deep.equal([`save region=${"r".repeat(100)}`]);
  });

  it("ends where content goes in circles or a node is missing, rather than never", () => {
    const circle = flow("a", { x: say("x", "y"), y: say("y", "x") });
    expect(new Way([circle]).walk.frames).to.deep.equal([]);
    const nested = flow("b", { again: act({ do: "flow", flow: "b" }, "gone") });
    expect(new Way([nested]).walk.frames).to.deep.equal([]);
  });
});
