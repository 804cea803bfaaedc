import fc from "fast-check";
import { stringify } from "yaml";
import type { ContentFile, ContentFolder } from "../../lib/content/files/content-folder.ts";

/** The files of a random pack, by their paths: flows and a topic, in the languages `en` and `fr`. */
export type RandomFiles = Record<string, string>;

/** A content folder in memory. */
export function folderOf(files: RandomFiles): ContentFolder {
  const file = (path: string): ContentFile | null =>
    files[path] === undefined ? null : { path, text: files[path] };
  return {
    list: async (path) =>
      Object.keys(files)
        .filter((name) => name.startsWith(`${path}/`))
        .map((name) => name.slice(path.length + 1))
        .toSorted(),
    read: async (path) => file(path),
    version: () => "random",
    hashes: () => new Map(),
    links: () => new Set(),
  };
}

const text = fc
  .tuple(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }),
    fc.string({ unit: "grapheme", maxLength: 30 }),
  )
  .map(([en, fr]) => ({ en: `${en} en`, fr: `${fr} fr` }));

/** Written as in a file: every step is led to from the one before it, and only questions lead back. */
function soundSteps(length: number): fc.Arbitrary<Record<string, object>> {
  const names = Array.from({ length }, (_, index) => `s${index}`);
  const steps = names.map((_name, index) => (index === length - 1 ? end : step(names, index)));
  return fc.tuple(...steps).map((made) => Object.fromEntries(made.map((one, index) => [names[index], one])));
}

const end = fc.oneof(
  fc.constant({ end: true }),
  text.map((said) => ({ end: said })),
);

const ANSWER_KINDS = [
  { answer: "text", min_length: 1, max_length: 40 },
  { answer: "number", min: 0, max: 50, whole: true },
  { answer: "date", to: "today" },
  { answer: "location" },
  { answer: "contact" },
];

function step(names: readonly string[], index: number): fc.Arbitrary<object> {
  const next = names[index + 1];
  const later = fc.constantFrom(...names.slice(index + 1));
  const anywhere = fc.constantFrom(...names);
  const ask = fc.record({
    ask: text,
    save: fc.constant(`a${index}`),
    skip: fc.boolean(),
    next: fc.constant(next),
  });
  const choices = fc
    .array(fc.option(anywhere, { nil: undefined }), { minLength: 1, maxLength: 6 })
    .map((leads) => [
      { id: "on", label: { en: "On", fr: "Continuer" }, next },
      ...leads.map((lead, position) => ({
        id: `c${position}`,
        label: { en: `Choice ${position}`, fr: `Choix ${position}` },
        ...(lead === undefined ? {} : { next: lead }),
      })),
    ]);
  return fc.oneof(
    text.map((said) => ({ say: said, next })),
    fc.tuple(ask, choices).map(([asked, rows]) => ({ ...asked, choices: rows })),
    fc.tuple(ask, fc.constantFrom(...ANSWER_KINDS)).map(([asked, kind]) => ({ ...asked, ...kind })),
    later.map((lead) => ({
      branch: [
        { when: { profile: "age_group", is: "under-18" }, next: lead },
        { when: { profile: "name", known: true }, next },
      ],
      otherwise: lead,
    })),
    fc.constantFrom(
      { act: "save", field: "region", value: "north", next },
      { act: "ask", question: { en: "Why?", fr: "Pourquoi ?" }, next },
      { act: "topic", topic: "body", next },
      { act: "hand-over", next },
    ),
  );
}

const TOPIC = {
  title: { en: "Body", fr: "Corps" },
  questions: [{ id: "skin", question: { en: "Skin?", fr: "Peau ?" }, answer: { en: "Skin.", fr: "Peau." } }],
};

/** Packs an operator might have written, without mistakes. */
export const soundContent: fc.Arbitrary<RandomFiles> = fc
  .array(
    fc.integer({ min: 2, max: 7 }).chain((length) => fc.tuple(text, soundSteps(length))),
    { minLength: 1, maxLength: 3 },
  )
  .map((flows) =>
    Object.fromEntries([
      ["faq/body.yaml", stringify(TOPIC)],
      ...flows.map(([title, steps], index) => [`flows/f${index}.yaml`, stringify({ title, steps })]),
    ]),
  );

const LEAD = /(?<=next: |otherwise: )s\d+$/;

const STEP = /^ {2}s\d+:$/;

/** Packs in which a step or two lead elsewhere, perhaps to nowhere, or a line is gone; a few happen to be right. */
export const doubtfulContent: fc.Arbitrary<RandomFiles> = fc
  .tuple(
    soundContent,
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom("lead", "lead", "lead", "lead", "gone")), {
      minLength: 1,
      maxLength: 2,
    }),
  )
  .map(([files, changes]) => {
    const path = "flows/f0.yaml";
    let lines = (files[path] ?? "").split("\n");
    const steps = lines.filter((line) => STEP.test(line)).length;
    for (const [at, other, kind] of changes) {
      const leads = lines.flatMap((line, index) => (LEAD.test(line) ? [index] : []));
      const index = (kind === "lead" ? leads[at % leads.length] : undefined) ?? at % lines.length;
      if (kind === "gone") lines = lines.toSpliced(index, 1);
      else lines[index] = (lines[index] ?? "").replace(LEAD, `s${other % (steps + 1)}`);
    }
    return { ...files, [path]: lines.join("\n") };
  });
