import { expect } from "chai";
import type { Flow } from "../../../lib/content/index.ts";
import { guideMistakesOf, loadChanged, loadGuides, mistakesOf } from "../temporary-content.ts";

/** A flow's file around its steps; they begin in line 3. */
const file = (steps: string): string => `title: { en: Title, fr: Titre }\nsteps:\n${steps}`;

async function flowOf(steps: string, changes: Record<string, string> = {}): Promise<Flow> {
  const { flows } = await loadGuides({ ...changes, "flows/guide.yaml": file(steps) });
  expect(flows).to.have.property("guide");
  return flows.guide as Flow;
}

const mistakes = async (steps: string, changes: Record<string, string> = {}): Promise<string[]> =>
  (await guideMistakesOf({ ...changes, "flows/guide.yaml": file(steps) })).map((line) =>
    line.replace("flows/guide.yaml, ", ""),
  );

const YES_NO = `
      - - { id: yes, label: { en: "Yes", fr: Oui } }
        - { id: no, label: { en: "No", fr: Non }, next: end }`;

const TOPIC = `title: { en: Body, fr: Corps }
emoji: 🌱
questions:
  - id: skin
    question: { en: Skin?, fr: Peau ? }
    answer: { en: Skin., fr: Peau. }
`;

describe("a flow", () => {
  it("says, asks, branches, acts and ends", async () => {
    const { id, title, start, nodes } = await flowOf(`
  hello: { say: { en: "**Hello**", fr: Bonjour }, next: ask }
  ask:
    ask: { en: Really?, fr: Vraiment ? }
    choices:${YES_NO}
    save: sure
    skip: true
    retry: { en: Press a button., fr: Touchez un bouton. }
    next: sort
  sort:
    branch:
      - when: { answer: sure, is: "yes" }
        next: keep
      - when: { profile: age_group, one_of: [under-18] }
        next: end
    otherwise: end
  keep: { act: save, field: region, value: north, next: end }
  end: { end: { en: Bye, fr: Au revoir } }`);
    expect({ id, title, start }).to.deep.equal({
      id: "guide",
      title: { en: "Title", fr: "Titre" },
      start: "hello",
    });
    expect(nodes).to.deep.equal({
      hello: { kind: "say", text: { en: "**Hello**", fr: "Bonjour" }, media: [], next: "ask" },
      ask: {
        kind: "ask",
        text: { en: "Really?", fr: "Vraiment ?" },
        media: [],
        expects: {
          type: "choice",
          rows: [
            [
              { id: "yes", label: { en: "Yes", fr: "Oui" } },
              { id: "no", label: { en: "No", fr: "Non" }, next: "end" },
            ],
          ],
        },
        save: "sure",
        skippable: true,
        retry: { en: "Press a button.", fr: "Touchez un bouton." },
        next: "sort",
      },
      sort: {
        kind: "branch",
        cases: [
          { when: { answer: "sure", is: "yes" }, next: "keep" },
          { when: { profile: "ageGroup", oneOf: ["under-18"] }, next: "end" },
        ],
        otherwise: "end",
      },
      keep: { kind: "act", action: { do: "save", field: "region", value: "north" }, next: "end" },
      end: { kind: "end", text: { en: "Bye", fr: "Au revoir" }, media: [] },
    });
  });

  it("asks for text, numbers, dates, a location and a contact, within limits", async () => {
    const { nodes } = await flowOf(`
  text: { ask: { en: A, fr: A }, answer: text, min_length: 2, max_length: 30, next: number }
  number: { ask: { en: A, fr: A }, answer: number, min: 0, max: 9, whole: true, next: date }
  date: { ask: { en: A, fr: A }, answer: date, from: today, to: 2030-12-31, next: place }
  place: { ask: { en: A, fr: A }, answer: location, next: phone }
  phone: { ask: { en: A, fr: A }, answer: contact, next: end }
  end: { end: true }`);
    const expected = Object.values(nodes).flatMap((node) => (node.kind === "ask" ? [node.expects] : []));
    expect(expected).to.deep.equal([
      { type: "text", minLength: 2, maxLength: 30 },
      { type: "number", min: 0, max: 9, isWhole: true },
      { type: "date", from: "today", to: "2030-12-31" },
      { type: "location" },
      { type: "contact" },
    ]);
    expect(nodes.end).to.deep.equal({ kind: "end", media: [] });
  });

  it("asks the assistant, opens a topic, starts a flow, hands over", async () => {
    const { nodes } = await flowOf(
      `
  worry: { ask: { en: A, fr: A }, answer: text, save: worry, next: one }
  one: { act: ask, from: worry, next: two }
  two: { act: ask, question: { en: How?, fr: Comment ? }, next: three }
  three: { act: topic, topic: body, next: which }
  which: { ask: { en: A, fr: A }, choices: topics, save: which, next: chosen }
  chosen: { act: topic, from: which, next: four }
  four: { act: flow, flow: welcome, next: five }
  five: { act: hand-over, reason: { en: Help, fr: Aide }, next: end }
  end:
    end:`,
      { "faq/body.yaml": TOPIC },
    );
    expect(Object.values(nodes).flatMap((node) => (node.kind === "act" ? [node.action] : []))).to.deep.equal([
      { do: "ask", from: "worry" },
      { do: "ask", question: { en: "How?", fr: "Comment ?" } },
      { do: "topic", topic: "body" },
      { do: "topic", from: "which" },
      { do: "flow", flow: "welcome" },
      { do: "hand-over", reason: { en: "Help", fr: "Aide" } },
    ]);
  });

  it("offers the languages by their own names, and the topics with their emoji", async () => {
    const { nodes } = await flowOf(
      `
  language: { ask: { en: A, fr: A }, choices: languages, next: topic }
  topic: { ask: { en: A, fr: A }, choices: topics, next: end }
  end: { end: true }`,
      { "faq/body.yaml": TOPIC },
    );
    const rows = Object.values(nodes).flatMap((node) =>
      node.kind === "ask" && node.expects.type === "choice" ? node.expects.rows : [],
    );
    expect(rows).to.deep.equal([
      [
        { id: "en", label: { en: "English", fr: "English" } },
        { id: "fr", label: { en: "Français", fr: "Français" } },
      ],
      [{ id: "body", label: { en: "🌱 Body", fr: "🌱 Corps" } }],
    ]);
  });

  it("needs no next where each choice has its own", async () => {
    const { nodes } = await flowOf(`
  ask:
    ask: { en: A, fr: A }
    choices:
      - { id: a, label: { en: A, fr: A }, next: end }
      - { id: b, label: { en: B, fr: B }, next: more }
  more: { end: true }
  end: { end: true }`);
    expect(nodes.ask).to.include({ next: "end" });
  });

  it("accepts plain texts where the bot speaks a single language", async () => {
    const { flows } = await loadChanged({
      "bot.yaml": (text) =>
        text.replace("languages: [en, fr]", "languages: [en]").replace(/ {2}fr:\n( {4}.*\n)+/, ""),
      "locales/fr.yaml": null,
      "knowledge/fr/condoms.md": null,
      "flows/welcome.yaml": "title: Hello\nsteps:\n  end: { end: Bye }\n",
    });
    expect(flows.welcome?.nodes.end).to.deep.equal({ kind: "end", text: { en: "Bye" }, media: [] });
  });

  it("changes its version with its meaning, not with the order or layout of its steps", async () => {
    const versionOf = async (steps: string): Promise<string> => (await flowOf(steps)).version;
    const first = await versionOf("\n  a: { say: { en: A, fr: A }, next: b }\n  b: { end: true }");
    expect(first).to.match(/^[0-9a-f]{6}$/);
    expect(
      await versionOf("\n\n  a:\n    next: b\n    say: { fr: A, en: A }\n  b:\n    end: # quietly\n"),
    ).to.equal(first);
    expect(await versionOf("\n  a: { say: { en: A!, fr: A }, next: b }\n  b: { end: true }")).not.to.equal(
      first,
    );
  });

  it("is not found under names of Object.prototype", async () => {
    const { flows } = await loadChanged({});
    for (const name of ["constructor", "toString", "__proto__"]) {
      expect(flows[name], name).to.equal(undefined);
      expect(flows.welcome?.nodes[name], name).to.equal(undefined);
    }
  });
});

describe("mistakes in a flow", () => {
  it("include a text that lacks a language, has an unknown one, or is no text", async () => {
    expect(
      await mistakes(`  a: { say: { en: A }, next: b }
  b: { say: { en: Well, then, fr: B }, next: c }
  c: { say: Hello, next: d }
  d: { say: { en: 12, fr: "" }, next: e }
  e: { end: { en: "\\u200B", fr: B } }`),
    ).to.deep.equal([
      'line 3: "steps.a.say.fr" is missing; add it',
      'line 4: "steps.b.say.then" is not one of the languages (en, fr); remove it, or put a text in quotes when it holds a comma',
      'line 5: "steps.c.say" must have a text in each language (en, fr), a line each, such as "en: …"',
      'line 6: "steps.d.say.en" must be a text; put it in quotes',
      'line 6: "steps.d.say.fr" is missing; add it',
      'line 7: "steps.e.end.en" shows nothing; write a text',
    ]);
  });

  it("include a text that is longer than a message, counted as Telegram counts", async () => {
    const bold = `"**${"x".repeat(4096)}**"`;
    expect(await flowOf(`  a: { end: { en: ${bold}, fr: B } }`)).to.have.property("id", "guide");
    expect(await mistakes(`  a: { end: { en: "${"🙂".repeat(2049)}", fr: B } }`)).to.deep.equal([
      'line 3: "steps.a.end.en" is too long; use at most 4096 characters (it has 4098)',
    ]);
  });

  it("include a step that does nothing, two things at once, or something unknown", async () => {
    expect(
      await mistakes(`  a: {}
  b: { say: { en: A, fr: A }, end: true }
  c: { say: { en: A, fr: A }, nxt: d }
  d: { act: dance, next: a }
  e: { ask: { en: A, fr: A }, answer: colour, next: a }
  F: { end: true }`),
    ).to.deep.equal([
      'line 3: "steps.a" does nothing; give it one of say, ask, branch, act, end',
      'line 4: "steps.b" has both "say" and "end"; make two steps of it',
      'line 5: "steps.c.next" is missing; add it',
      'line 5: "steps.c.nxt" is unknown; correct its spelling or remove it',
      'line 6: "steps.d.act" must be one of: save, ask, topic, flow, hand-over',
      'line 7: "steps.e.answer" must be one of: text, number, date, location, contact',
      'line 8: "steps.F" is not a name; use small letters a to z, digits and hyphens, a letter first, at most 32',
    ]);
  });

  it("include a reference to a step, topic or flow that does not exist", async () => {
    expect(
      await mistakes(`  a:
    ask: { en: A, fr: A }
    choices:
      - { id: x, label: { en: X, fr: X }, next: nowhere }
    next: b
  b: { act: topic, topic: none, next: c }
  c: { act: flow, flow: none, next: constructor }`),
    ).to.deep.equal([
      'line 8: "steps.b.topic" names the topic "none", which does not exist',
      'line 9: "steps.c.flow" names the flow "none", which does not exist',
      'line 6: "steps.a.choices.0" names the step "nowhere", which does not exist',
      'line 9: "steps.c.next" names the step "constructor", which does not exist',
    ]);
    expect(
      await mistakesOf({
        "flows/guide.yaml": "title: { en: T, fr: T }\nstart: b\nsteps:\n  a: { end: true }\n",
      }),
    ).to.deep.equal(['flows/guide.yaml, line 2: "start" names the step "b", which does not exist']);
  });

  it("include a condition that looks at the team and something else", async () => {
    expect(
      await mistakes(`  a: { branch: [{ when: { team: true, known: true }, next: b }], otherwise: b }
  b: { end: true }`),
    ).to.deep.equal(['line 3: "steps.a.branch.0.when" looks at the "team", and so at nothing else']);
  });

  it("include opening what is not a topic", async () => {
    const opening = (choices: string) =>
      mistakes(`  a: { ask: { en: A, fr: A }, ${choices}, save: which, next: b }
  b: { act: topic, from: which, next: c }
  c: { end: true }`);
    expect(await opening("choices: languages")).to.deep.equal([
      'line 4: "steps.b" opens the choice "en", which is no topic',
    ]);
    expect(await opening("answer: text")).to.deep.equal([
      'line 4: "steps.b" opens a text as a topic; ask with "choices: topics"',
    ]);
  });

  it("include a step that is never reached, or never comes to an end", async () => {
    expect(
      await mistakes(`  a: { ask: { en: A, fr: A }, answer: text, next: b }
  b: { ask: { en: A, fr: A }, answer: text, next: a }
  c: { end: true }`),
    ).to.deep.equal([
      'line 5: "steps.c" is never reached; let a step lead to it with next, or remove it',
      'line 3: "steps.a" never comes to an end (nor do b); let it lead to a step with "end"',
    ]);
  });

  it("include a cycle without a question", async () => {
    expect(
      await mistakes(`  a: { say: { en: A, fr: A }, next: b }
  b:
    branch: [{ when: { profile: name, known: true }, next: a }]
    otherwise: c
  c: { end: true }`),
    ).to.deep.equal([
      'line 3: "steps.a" goes round without a question (a → b → a); put an "ask" on the way, or lead out of it',
    ]);
  });

  it("include flows that start each other before anything is asked", async () => {
    const starts = (flow: string): string => `  a: { act: flow, flow: ${flow}, next: b }\n  b: { end: true }`;
    expect(await mistakes(starts("other"), { "flows/other.yaml": file(starts("guide")) })).to.deep.equal([
      'line 3: "steps.a.flow" starts flows in a round before anything is asked (guide → other → guide); break it, or ask something first',
    ]);
    const asks = `  q: { ask: { en: A, fr: A }, answer: text, next: a }\n${starts("guide")}`;
    expect(await flowOf(starts("other"), { "flows/other.yaml": file(asks) })).to.have.property("id", "guide");
  });

  it("include a condition that can never hold", async () => {
    const branch = (when: string): string => `
  first:
    branch: [{ when: ${when}, next: end }]
    otherwise: ask
  ask:
    ask: { en: A, fr: A }
    choices:${YES_NO}
    save: sure
    next: number
  number: { ask: { en: A, fr: A }, answer: number, save: weeks, next: place }
  place: { ask: { en: A, fr: A }, answer: location, save: place, next: last }
  last:
    branch: [{ when: ${when}, next: first }]
    otherwise: end
  end: { end: true }`;
    const told = async (when: string): Promise<string[]> =>
      (await mistakes(branch(when))).map((line) => line.replace(/^.*when" /, ""));
    const reached = `uses the answer "never", which no step keeps with "save: never"`;
    expect(await told("{ answer: never, known: true }")).to.deep.equal([reached, reached]);
    for (const [when, text] of [
      ["{ answer: sure, is: maybe }", 'can never be "maybe"; it is one of: yes, no'],
      ["{ answer: sure, at_least: 1 }", "compares what is not a number; use is, one_of or known"],
      ["{ answer: weeks, is: many }", 'can never be "many"; write a number'],
      ["{ answer: sure, one_of: [1] }", 'can never be "1"; put the value in quotes'],
      ["{ answer: place, is: here }", "compares a location with a value; use known"],
      ["{ profile: age_group, is: adult }", 'can never be "adult"; it is one of: under-18, 18-or-over'],
      ["{ profile: language, is: de }", 'can never be "de"; it is one of: en, fr'],
      ["{ profile: name, at_most: 3 }", "compares what is not a number; use is, one_of or known"],
    ] as const) {
      expect(await told(when), when).to.deep.equal([text, text]);
    }
    const [line] = await mistakes(branch("{ profile: shoe_size, known: true }"));
    expect(line).to.match(
      /^line \d+: "steps.first.branch.0.when.profile" must be one of: language, age_group,/,
    );
    const [other] = await told("{ profile: name, answer: sure, known: true }");
    expect(other).to.equal('must look at either a "profile" or an "answer"');
    const [tests] = await told("{ answer: sure, known: true, is: x }");
    expect(tests).to.equal("needs exactly one of is, one_of, known, at_least, at_most");
  });

  it("include a condition that looks at an answer that is asked for only later", async () => {
    expect(
      await mistakes(`  sort:
    branch: [{ when: { answer: mood, known: true }, next: end }]
    otherwise: ask
  ask: { ask: { en: A, fr: A }, answer: text, save: mood, next: end }
  end: { end: true }`),
    ).to.deep.equal([
      'line 4: "steps.sort.branch.0.when" uses the answer "mood", which is asked for only later',
    ]);
  });

  it("include saving what a profile field cannot hold", async () => {
    const save = (action: string): string => `
  ask: { ask: { en: A, fr: A }, choices: [{ id: old, label: { en: Old, fr: Vieux } }], save: x, next: text }
  text: { ask: { en: A, fr: A }, answer: text, save: t, next: save }
  save: { act: save, ${action}, next: end }
  end: { end: true }`;
    for (const [action, text] of [
      [
        "field: age_group, from: x",
        'saves the choice "old" as age_group, which is one of: under-18, 18-or-over',
      ],
      ["field: language, value: de", 'saves "de" as language, which is one of: en, fr'],
      ["field: language, from: t", "saves a text as language; ask with choices, which are to be: en, fr"],
      ["field: name, from: y", 'uses the answer "y", which no step keeps with "save: y"'],
      ["field: name", 'needs either "from" (the name of an answer) or "value"'],
      ["field: name, from: t, value: x", 'needs either "from" (the name of an answer) or "value"'],
    ] as const) {
      const [line] = await mistakes(save(action));
      expect(line, action).to.equal(`line 6: "steps.save" ${text}`);
    }
    expect(await flowOf(save("field: name, from: t"))).to.have.property("id", "guide");
  });

  it("include one name for two kinds of answers", async () => {
    expect(
      await mistakes(`  a: { ask: { en: A, fr: A }, answer: text, save: x, next: b }
  b: { ask: { en: A, fr: A }, answer: date, save: x, next: c }
  c: { end: true }`),
    ).to.deep.equal([
      'line 4: "steps.b.save" keeps a date as "x", which another step keeps as a text; rename one',
    ]);
  });

  it("include too many, too long or duplicate buttons", async () => {
    const ask = (choices: string): string =>
      `  a: { ask: { en: A, fr: A }, choices: [${choices}], next: b }\n  b: { end: true }`;
    const choice = (id: string, label = id): string => `{ id: ${id}, label: { en: ${label}, fr: ${label} } }`;
    const many = (count: number): string =>
      Array.from({ length: count }, (_, n) => choice(`c${n}`)).join(", ");
    expect(await mistakes(ask(`[${many(9)}]`))).to.deep.equal([
      'line 3: "steps.a.choices.0" has 9 buttons; a row holds at most 8',
    ]);
    expect(await mistakes(ask(many(98)))).to.deep.equal([
      'line 3: "steps.a.choices" has 98 buttons; use at most 97',
    ]);
    expect(await mistakes(ask(choice("x", "y".repeat(65))))).to.deep.equal([
      'line 3: "steps.a.choices.0.label.en" is too long; use at most 64 characters (it has 65)',
      'line 3: "steps.a.choices.0.label.fr" is too long; use at most 64 characters (it has 65)',
    ]);
    expect(await mistakes(ask(`${choice("x")}, ${choice("x", "z")}`))).to.deep.equal([
      'line 3: "steps.a.choices" has the choice "x" twice; rename one',
    ]);
    expect(await mistakes(ask(`${choice("x")}, ${choice("z", "x")}`))).to.deep.equal([
      'line 3: "steps.a.choices" has "x" on two buttons (x, z); change one',
      'line 3: "steps.a.choices" has "x" on two buttons (x, z); change one',
    ]);
    expect(await mistakes(ask(""))).to.deep.equal([
      'line 3: "steps.a.choices" must be a list of choices, or "languages", or "topics"',
    ]);
  });

  it("include callback data longer than 64 bytes", async () => {
    const [step, choice] = ["s".repeat(25), "c".repeat(22)];
    const flow = (id: string): string =>
      `  ${step}: { ask: { en: A, fr: A }, choices: [{ id: ${id}, label: { en: A, fr: A } }], next: end }\n  end: { end: true }`;
    expect(await mistakes(flow(choice))).to.deep.equal([
      `line 3: "steps.${step}" makes a button longer than Telegram takes; shorten the names "guide", "${step}" or "${choice}" by 2 in all`,
    ]);
    expect(await flowOf(flow(choice.slice(2)))).to.have.property("id", "guide");
  });

  it("include limits that no answer can meet", async () => {
    for (const [limits, text] of [
      ["answer: number, min: 5, max: 1", 'has a "min" above its "max"; no number fits'],
      ["answer: number, min: 0.2, max: 0.8, whole: true", "has no whole number from its min to its max"],
      [
        "answer: text, min_length: 9, max_length: 8",
        'has a "min_length" above its "max_length"; no text fits',
      ],
      ["answer: date, from: 2030-01-02, to: 2030-01-01", 'has a "from" after its "to"; no date fits'],
    ] as const) {
      expect(
        await mistakes(`  a: { ask: { en: A, fr: A }, ${limits}, next: b }\n  b: { end: true }`),
      ).to.deep.equal([`line 3: "steps.a" ${text}`]);
    }
    expect(
      await mistakes(
        `  a: { ask: { en: A, fr: A }, answer: date, from: 2030-02-31, next: b }\n  b: { end: true }`,
      ),
    ).to.deep.equal(['line 3: "steps.a.from" must be a date such as 2026-05-31, or "today"']);
  });

  it("include the pitfalls of YAML: a number or yes for a text, tabs, duplicate keys", async () => {
    expect(
      await mistakes(`  a:
    ask: { en: A, fr: A }
    choices:
      - { id: 18, label: { en: 18, fr: yes } }
    skip: yes
    next: b
  b: { end: true }`),
    ).to.deep.equal([
      'line 6: "steps.a.choices.0.id" must be a text; put it in quotes',
      'line 6: "steps.a.choices.0.label.en" must be a text; put it in quotes',
      'line 7: "steps.a.skip" must be true or false',
    ]);
    expect((await mistakes("  a: { end: true }\n  a: { end: true }"))[0]).to.match(
      /^line 4: is not valid YAML: Map keys must be unique/,
    );
    expect((await mistakes("  a:\n\tend: true"))[0]).to.match(/^line 4: is not valid YAML: .*[Tt]ab/);
  });

  it("do not include Windows line endings or a byte order mark", async () => {
    const plain = file("  a: { end: { en: Bye, fr: Au revoir } }\n");
    const first = await loadChanged({ "flows/guide.yaml": plain });
    const same = await loadChanged({ "flows/guide.yaml": `\uFEFF${plain.replaceAll("\n", "\r\n")}` });
    expect(same.flows.guide).to.deep.equal(first.flows.guide);
    const [line] = await mistakesOf({
      "flows/guide.yaml": `\uFEFFtitle: { en: T, fr: T }\r\nsteps:\r\n  a: {}\r\n`,
    });
    expect(line).to.match(/^flows\/guide.yaml, line 3: /);
  });

  it("include a wrong name of a file or of the onboarding flow", async () => {
    expect(await mistakesOf({ "flows/My Flow.yml": "x" })).to.deep.equal([
      "flows/My Flow.yml: cannot be read; name it like welcome.yaml (small letters a to z, digits, hyphens), or move it away",
    ]);
    const [line] = await mistakesOf({ "flows/welcome.yaml": null });
    expect(line).to.match(
      /^bot.yaml, line \d+: "onboarding" names the flow "welcome", but there is no flows\/welcome.yaml/,
    );
  });
});
