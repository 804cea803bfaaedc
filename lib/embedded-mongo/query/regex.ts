import type { BSONRegExp } from "bson";
import { RE2JS } from "re2js";
import { CommandError, notSupported } from "../errors.ts";

/**
 * The parts of a pattern that mean the same in PCRE, which MongoDB uses, and in RE2, or can be translated. Everything else
 * is refused.
 */
const PARTS: readonly { part: RegExp; translate(text: string): string }[] = [
  { part: /\\d/y, translate: () => "[0-9]" },
  { part: /\\[^\w\s]/y, translate: (text) => literal(text.slice(1)) },
  { part: /\[\^?(?:[^\\[\]^]|\\[^\w\s]|\\d)+\]/y, translate: characterClass },
  { part: /\((?:\?:)?|\)|\|/y, translate: (text) => text },
  { part: /(?:[*+?]|\{\d+(?:,\d*)?\})\??/y, translate: (text) => text },
  { part: /\^/y, translate: () => "\\A" },
  { part: /\$/y, translate: () => END },
  { part: /\./y, translate: () => "." },
  { part: /[^\\^$.|?*+()[\]{}]/uy, translate: literal },
];

const END = "\\z";

/** A compiled pattern. */
export interface Pattern {
  /** Takes time in proportion to the text, whatever the pattern. */
  test(text: string): boolean;
}

/**
 * Compiles what MongoDB's expression would match, for RE2: with JavaScript's own engine a pattern such as `(a+)+b` holds
 * the process up for as long as the client likes. Supports the options `i` and `s`.
 * @throws CommandError for a pattern that is invalid, or cannot be translated faithfully
 */
export function compileRegex({ pattern, options }: BSONRegExp): Pattern {
  for (const option of options) {
    if (!"isu".includes(option)) throw notSupported(`the regular expression option "${option}"`);
  }
  const flags =
    (options.includes("i") ? RE2JS.CASE_INSENSITIVE : 0) | (options.includes("s") ? RE2JS.DOTALL : 0);
  const parts = translatedParts(pattern);
  refusePartsAfterEnd(parts);
  try {
    const compiled = RE2JS.compile(parts.join(""), flags);
    if (!parts.includes(END)) return { test: (text) => compiled.test(text) };
    // An end may also be before a last newline.
    return {
      test: (text) => compiled.test(text) || (text.endsWith("\n") && compiled.test(text.slice(0, -1))),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    if (isTooLarge(why, parts)) throw notSupported("a regular expression of this size");
    throw new CommandError("Location51091", `Regular expression is invalid: ${why}`);
  }
}

/** RE2 takes up to 1,000 repetitions, also of repetitions; `{2,1}` is invalid everywhere. */
function isTooLarge(why: string, parts: readonly string[]): boolean {
  if (why.includes("nests too deeply")) return true;
  const counts = parts.flatMap((part) => /^\{(\d+)(?:,(\d+))?\}/.exec(part)?.slice(1).filter(Boolean) ?? []);
  return (
    why.includes("repeat count") && counts.map(Number).reduce((product, count) => product * count, 1) > 1_000
  );
}

function translatedParts(pattern: string): string[] {
  const parts: string[] = [];
  for (let at = 0; at < pattern.length; ) {
    const next = nextPart(pattern, at);
    if (!next) throw notSupported(`this part of a regular expression: ${pattern.slice(at, at + 10)}`);
    parts.push(next.translated);
    at += next.length;
  }
  return parts;
}

/** After an end there may be one more newline, which RE2 would not let a pattern match. */
function refusePartsAfterEnd(parts: readonly string[]): void {
  /** For each open group: whether an end came before, in its present alternative, and in any. */
  const groups = [{ before: false, now: false, any: false }];
  for (const part of parts) {
    const group = groups.at(-1) ?? { before: false, now: false, any: false };
    if (part === "|") group.now = group.before;
    else if (part === ")") {
      groups.pop();
      const outer = groups.at(-1);
      if (outer && group.any) outer.now = true;
    } else if (part === END) group.now = true;
    else if (group.now) throw notSupported("a regular expression that goes on after $");
    else if (part.startsWith("(")) groups.push({ before: group.now, now: group.now, any: false });
    group.any ||= group.now;
  }
}

function nextPart(pattern: string, at: number): { translated: string; length: number } | undefined {
  for (const { part, translate } of PARTS) {
    part.lastIndex = at;
    const text = part.exec(pattern)?.[0];
    if (text !== undefined) return { translated: translate(text), length: text.length };
  }
  return undefined;
}

/** A character as its code point, so that it is never read as syntax. */
function literal(character: string): string {
  return `\\x{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** `-` still makes a range; every other character is literal. */
function characterClass(text: string): string {
  const negated = text.startsWith("[^");
  const inside = text.slice(negated ? 2 : 1, -1);
  const translated = inside.replaceAll(/\\d|\\.|[^-]/gsu, (part) => {
    if (part === "\\d") return "0-9";
    return literal(part.startsWith("\\") ? part.slice(1) : part);
  });
  return `[${negated ? "^" : ""}${translated}]`;
}
