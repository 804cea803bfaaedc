import type { Expected, FlowChoice } from "../../content/index.ts";

/** What a person sent while an ask waits for an answer. */
export type FlowInput =
  | { kind: "text"; text: string }
  | { kind: "choice"; id: string }
  | { kind: "location"; latitude: number; longitude: number }
  | { kind: "contact"; phone: string };

/** How an input is read: as an answer, as something that does not fit, or as a question to the assistant. */
export type ReadAnswer =
  | { kind: "answer"; value: string | number; choice?: FlowChoice }
  | { kind: "misfit" }
  | { kind: "question" };

/** The default limit for the length of a text answer, in UTF-16 units. */
const MAX_TEXT_LENGTH = 1000;

/** From this number of words on, a text that is no number, date or contact is read as a question. */
const QUESTION_WORDS = 4;

const MISFIT: ReadAnswer = { kind: "misfit" };

/**
 * Reads an input as the answer to an ask.
 * @param today an ISO date, for limits that say "today"
 */
export function readAnswer(expects: Expected, input: FlowInput, today: string): ReadAnswer {
  if (input.kind === "choice") return readChoice(expects, input.id);
  if (input.kind === "location") {
    if (expects.type !== "location") return MISFIT;
    return { kind: "answer", value: `${input.latitude},${input.longitude}` };
  }
  if (input.kind === "contact") {
    return expects.type === "contact" ? { kind: "answer", value: input.phone } : MISFIT;
  }
  return readText(expects, input.text.trim(), today);
}

function readChoice(expects: Expected, id: string): ReadAnswer {
  const choice = choicesOf(expects).find((known) => known.id === id);
  return choice ? { kind: "answer", value: choice.id, choice } : MISFIT;
}

/** The choices of an ask, row by row; none if it expects another kind of answer. */
export function choicesOf(expects: Expected): FlowChoice[] {
  return expects.type === "choice" ? expects.rows.flat() : [];
}

function readText(expects: Expected, text: string, today: string): ReadAnswer {
  switch (expects.type) {
    case "choice": {
      const choice = choicesOf(expects).find(({ label }) =>
        Object.values(label).some((known) => isSameText(known, text)),
      );
      return choice ? { kind: "answer", value: choice.id, choice } : { kind: "question" };
    }
    case "text": {
      const { minLength = 1, maxLength = MAX_TEXT_LENGTH } = expects;
      return text.length >= minLength && text.length <= maxLength ? { kind: "answer", value: text } : MISFIT;
    }
    case "number":
      return readNumber(expects, text) ?? misfitOrQuestion(text);
    case "date":
      return readDate(expects, text, today) ?? misfitOrQuestion(text);
    case "contact":
      return /^\+?[\d\s()./-]{5,30}$/.test(text) ? { kind: "answer", value: text } : misfitOrQuestion(text);
    case "location":
      return misfitOrQuestion(text);
  }
}

function misfitOrQuestion(text: string): ReadAnswer {
  const isQuestion = /[?？؟]\s*$/.test(text) || text.split(/\s+/).length >= QUESTION_WORDS;
  return isQuestion ? { kind: "question" } : MISFIT;
}

function readNumber(
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, isWhole }: Expected & { type: "number" },
  text: string,
): ReadAnswer | null {
  if (!/^[+-]?\d{1,15}([.,]\d{1,15})?$/.test(text)) return null;
  const value = Number(text.replace(",", "."));
  const fits = value >= min && value <= max && (!isWhole || Number.isInteger(value));
  return fits ? { kind: "answer", value } : MISFIT;
}

/** Reads 2026-03-31 and, day first, 31.3.2026 or 31/03/2026. */
function readDate({ from, to }: Expected & { type: "date" }, text: string, today: string): ReadAnswer | null {
  const [, isoYear, isoMonth, isoDay] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? [];
  const [, day = isoDay, month = isoMonth, year = isoYear] =
    /^(\d{1,2})[./\s-](\d{1,2})[./\s-](\d{4})$/.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const value = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const earliest = from === "today" ? today : (from ?? "");
  const latest = to === "today" ? today : (to ?? "9999-12-31");
  return isDay(value) && value >= earliest && value <= latest ? { kind: "answer", value } : MISFIT;
}

/** Whether the calendar has this day; JavaScript reads 31 April as 1 May. */
function isDay(iso: string): boolean {
  const date = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso);
}

/** Whether two labels are the same to a person who types one of them. */
export function isSameText(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(text: string): string {
  return text.normalize("NFKC").trim().toLowerCase();
}
