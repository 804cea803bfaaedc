import { z } from "zod";
import type { LocalTextSchemas } from "../local-text.ts";
import { mediaOf, mediaShape } from "../media-item.ts";
import { nameSchema } from "../names.ts";
import type { YamlDocument, YamlPath } from "../yaml-file.ts";
import { type ChoiceSources, readChoices } from "./choices.ts";
import type { Expected, FlowNode } from "./flow.ts";

/** Left free in a question for the choice made, which is put under it. */
const ASK_RESERVE = 100;

const isoDate = z
  .string()
  .refine((text) => text === "today" || isDate(text), 'must be a date such as 2026-05-31, or "today"');

/** Whether a text is a day of the calendar; 2026-02-30 is none. */
function isDate(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

const length = z.int().min(1).max(4096);

/** What may stand beside `answer`, by its kind. */
const ANSWERS = {
  text: { min_length: length.optional(), max_length: length.optional() },
  number: { min: z.number().optional(), max: z.number().optional(), whole: z.boolean().optional() },
  date: { from: isoDate.optional(), to: isoDate.optional() },
  location: {},
  contact: {},
} as const;
const ANSWER_KINDS = ["text", "number", "date", "location", "contact"] as const;

function askShape(texts: LocalTextSchemas) {
  return {
    ask: texts.message(ASK_RESERVE),
    ...mediaShape,
    save: nameSchema.optional(),
    skip: z.boolean().default(false),
    retry: texts.message().optional(),
    next: nameSchema,
  };
}

/** Reads a step that asks something: a choice, or an answer of some kind. */
export function readAsk(
  document: YamlDocument,
  place: YamlPath,
  texts: LocalTextSchemas,
  sources: ChoiceSources,
): FlowNode | null {
  const isChoice = document.at([...place, "choices"]) !== undefined;
  return isChoice ? readChoice(document, place, texts, sources) : readAnswer(document, place, texts);
}

function readChoice(
  document: YamlDocument,
  place: YamlPath,
  texts: LocalTextSchemas,
  sources: ChoiceSources,
): FlowNode | null {
  const shape = askShape(texts);
  const rows = readChoices(document, [...place, "choices"], sources);
  const schema = z.strictObject({ ...shape, next: shape.next.optional(), choices: z.unknown() });
  const step = document.check(place, schema);
  if (!rows || !step) return null;
  const leads = rows.flat().map((choice) => choice.next);
  const next = step.next ?? (step.skip || leads.includes(undefined) ? undefined : leads[0]);
  if (next !== undefined) return ask({ ...step, next }, { type: "choice", rows });
  document.refuse([...place, "next"], "is missing; add it, or give each choice its own");
  return null;
}

function readAnswer(document: YamlDocument, place: YamlPath, texts: LocalTextSchemas): FlowNode | null {
  const kind = document.check([...place, "answer"], z.enum(ANSWER_KINDS));
  if (!kind) return null;
  const schema = z.strictObject({ ...askShape(texts), ...ANSWERS[kind], answer: z.unknown() });
  const step = document.check(place, schema);
  if (!step) return null;
  const expects = expectedOf(kind, step);
  const mistake = rangeMistake(expects);
  if (mistake) document.refuse(place, mistake);
  return mistake ? null : ask(step, expects);
}

type WrittenAsk = z.output<z.ZodObject<ReturnType<typeof askShape>>>;

function ask({ ask: text, save, skip, retry, next, ...rest }: WrittenAsk, expects: Expected): FlowNode {
  return {
    kind: "ask",
    text,
    media: mediaOf(rest),
    expects,
    ...(save === undefined ? {} : { save }),
    skippable: skip,
    ...(retry === undefined ? {} : { retry }),
    next,
  };
}

/** The limits written beside `answer`, under the names the program uses. */
function expectedOf(kind: (typeof ANSWER_KINDS)[number], written: Record<string, unknown>): Expected {
  const names = {
    min_length: "minLength",
    max_length: "maxLength",
    min: "min",
    max: "max",
    whole: "isWhole",
    from: "from",
    to: "to",
  };
  const limits = Object.entries(names).flatMap(([key, name]) =>
    written[key] === undefined ? [] : [[name, written[key]]],
  );
  return { type: kind, ...Object.fromEntries(limits) } as Expected;
}

function rangeMistake(expects: Expected): string | null {
  if (expects.type === "number") {
    const { min = -Infinity, max = Infinity, isWhole = false } = expects;
    if (min > max) return 'has a "min" above its "max"; no number fits';
    if (isWhole && Math.ceil(min) > Math.floor(max)) return "has no whole number from its min to its max";
  }
  if (expects.type === "text" && (expects.minLength ?? 0) > (expects.maxLength ?? Infinity))
    return 'has a "min_length" above its "max_length"; no text fits';
  const { from, to } = expects.type === "date" ? expects : {};
  if (from && to && from !== "today" && to !== "today" && from > to)
    return 'has a "from" after its "to"; no date fits';
  return null;
}
