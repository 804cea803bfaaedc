import type { BSONRegExp } from "bson";
import { CommandError, notSupported } from "../errors.ts";

/**
 * The parts of a pattern that mean the same in PCRE, which MongoDB uses, and in JavaScript, or can be translated.
 * Everything else is refused.
 */
const PARTS: readonly { part: RegExp; translate(text: string): string }[] = [
  { part: /\\d/y, translate: () => "[0-9]" },
  { part: /\\[^\w\s]/y, translate: (text) => literal(text.slice(1)) },
  { part: /\[\^?(?:[^\\[\]^]|\\[^\w\s]|\\d)+\]/y, translate: characterClass },
  { part: /\((?:\?:)?|\)|\|/y, translate: (text) => text },
  { part: /(?:[*+?]|\{\d+(?:,\d*)?\})\??/y, translate: (text) => text },
  { part: /\^/y, translate: () => "^" },
  { part: /\$/y, translate: () => "(?=\\n?(?![^]))" },
  { part: /\./y, translate: () => "." },
  { part: /[^\\^$.|?*+()[\]{}]/uy, translate: literal },
];

/**
 * A JavaScript expression that matches what MongoDB's would. Supports the options `i` and `s`.
 * @throws CommandError for a pattern that is invalid, or cannot be translated faithfully
 */
export function compileRegex({ pattern, options }: BSONRegExp): RegExp {
  for (const option of options) {
    if (!"isu".includes(option)) throw notSupported(`the regular expression option "${option}"`);
  }
  const dot = options.includes("s") ? "[^]" : "[^\\n]";
  let source = "";
  for (let at = 0; at < pattern.length; ) {
    const next = nextPart(pattern, at);
    if (!next) throw notSupported(`this part of a regular expression: ${pattern.slice(at, at + 10)}`);
    source += next.translated === "." ? dot : next.translated;
    at += next.length;
  }
  try {
    return new RegExp(source, options.includes("i") ? "iu" : "u");
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    throw new CommandError("Location51091", `Regular expression is invalid: ${why}`);
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
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
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
