import { type ReviewWords, UNITS, type Unit } from "./words.ts";

/** A number with a unit in a text. */
export interface Figure {
  /** Equal for equal figures of any language, such as `72 hours` for "3 days" and "trois jours". */
  key: string;
  /** The number without its unit. */
  value: number;
  /** As written. */
  text: string;
}

export interface Figures {
  figures: Figure[];
  /** The numbers without a unit: where one language says "between 45 and 55", another says "entre 45 et 55 ans". */
  bareNumbers: ReadonlySet<number>;
}

/** The hours, days, weeks, months, years, doses and percentages in a text. */
export function figuresIn(text: string, { numbers, units, between }: ReviewWords): Figures {
  const number = `(?:\\d+(?:[.,]\\d+)?|${Object.keys(numbers).join("|")})`;
  const range = `(?<from>${number})(?:\\s*(?:${between})\\s*(?<to>${number}))?`;
  const unit = Object.entries(units).map(([name, pattern]) => `(?<${name}>${pattern})`);
  const pattern = new RegExp(`(?<![\\p{L}\\d])${range}[\\s-]*(?:${unit.join("|")})(?!\\p{L})`, "giu");
  const figures = [...text.matchAll(pattern)].flatMap((match) => figuresOf(match, numbers));
  const rest = text.replaceAll(pattern, "").replaceAll(/^\s*\d+[.)] /gm, "");
  const bareNumbers = Array.from(rest.matchAll(/\d+(?:[.,]\d+)?/g), ([written]) => numberOf(written));
  return { figures, bareNumbers: new Set(bareNumbers) };
}

function figuresOf({ 0: text, groups = {} }: RegExpMatchArray, numbers: ReviewWords["numbers"]): Figure[] {
  const found = (Object.keys(UNITS) as Unit[]).find((name) => groups[name] !== undefined);
  if (!found) return [];
  const { base, factor } = UNITS[found];
  return [groups.from, groups.to].flatMap((written) => {
    if (written === undefined) return [];
    const value = numbers[written.toLowerCase()] ?? numberOf(written);
    return [{ key: `${value * factor} ${base}`, value, text }];
  });
}

function numberOf(digits: string): number {
  return Number(digits.replace(",", "."));
}
