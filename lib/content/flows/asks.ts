import * as z from "zod";
import { mediaOf, mediaShape } from "../files/media-item.ts";
import { nameSchema } from "../files/names.ts";
import type { LocalTextSchemas } from "../locales/local-text.ts";
import { type ChoiceSources, createRowsReader } from "./choices.ts";
import type { StepReader } from "./draft.ts";
import type { Expected, FlowChoice, FlowNode } from "./flow.ts";

/** Room in a question for the person's choice, which is later added below it. */
const ASK_RESERVE = 100;

const isoDate = z
  .string()
  .refine((text) => text === "today" || isDate(text), 'must be a date such as 2026-05-31, or "today"');

/** Whether a text is a calendar day; 2026-02-30 is not. */
function isDate(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

const length = z.int().min(1).max(4096);

type AnswerKind = Exclude<Expected["type"], "choice">;

/** The limits that may be written beside `answer`, by its kind. */
const ANSWERS = {
  text: { min_length: length.optional(), max_length: length.optional() },
  number: { min: z.number().optional(), max: z.number().optional(), whole: z.boolean().optional() },
  date: { from: isoDate.optional(), to: isoDate.optional() },
  location: {},
  contact: {},
} as const satisfies Record<AnswerKind, z.ZodRawShape>;
const ANSWER_KINDS = Object.keys(ANSWERS) as AnswerKind[];
const answerKind = z.enum(ANSWER_KINDS);

type AskShape = ReturnType<typeof askShape>;
type WrittenAsk = z.output<z.ZodObject<AskShape>>;

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

/** Creates the reader of a step that asks for a choice or another kind of answer. */
export function createAskReader(texts: LocalTextSchemas, sources: ChoiceSources): StepReader {
  const shape = askShape(texts);
  const readChoice = createChoiceReader(shape, createRowsReader(texts, sources));
  const readAnswer = createAnswerReader(shape);
  return (document, place) => {
    const isChoice = document.at([...place, "choices"]) !== undefined;
    return isChoice ? readChoice(document, place) : readAnswer(document, place);
  };
}

function createChoiceReader(shape: AskShape, readRows: StepReader<FlowChoice[][]>): StepReader {
  const schema = z.strictObject({ ...shape, next: shape.next.optional(), choices: z.unknown() });
  return (document, place) => {
    const rows = readRows(document, [...place, "choices"]);
    const step = document.check(place, schema);
    if (!rows || !step) return null;
    const leads = rows.flat().map((choice) => choice.next);
    const next = step.next ?? (step.skip || leads.includes(undefined) ? undefined : leads[0]);
    if (next !== undefined) return ask({ ...step, next }, { type: "choice", rows });
    document.refuse([...place, "next"], "is missing; add it, or give each choice its own");
    return null;
  };
}

function createAnswerReader(shape: AskShape): StepReader {
  const withLimits = (limits: z.ZodRawShape): z.ZodType<WrittenAsk> =>
    z.strictObject({ ...shape, ...limits, answer: z.unknown() });
  const schemas = new Map(ANSWER_KINDS.map((kind) => [kind, withLimits(ANSWERS[kind])]));
  return (document, place) => {
    const kind = document.check([...place, "answer"], answerKind);
    const schema = kind && schemas.get(kind);
    const step = schema && document.check(place, schema);
    if (!kind || !step) return null;
    const expects = expectedOf(kind, step);
    const mistake = rangeMistake(expects);
    if (mistake) document.refuse(place, mistake);
    return mistake ? null : ask(step, expects);
  };
}

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

/** The limits written beside `answer`, under the names of `Expected`. */
function expectedOf(kind: AnswerKind, written: Record<string, unknown>): Expected {
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
