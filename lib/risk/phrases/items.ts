import type { Place } from "./message.ts";
import type { Alternatives } from "./phrase.ts";
import type { Choice, WordPlaces } from "./word-places.ts";
import { joined, riskWords } from "./words.ts";

/** Words for `<name>` in phrases; the items of a group may name groups above it. */
export type WordGroups = Readonly<Record<string, readonly string[]>>;

/**
 * Reads the items of phrases, such as `mum/step-mum/<family>`, against the words of one book. Everything is read once: groups
 * and items stand in many phrases. The places of a group are the same wherever it is used, so that a word of a message
 * has few places.
 */
export class ItemParser {
  readonly #places: WordPlaces;
  readonly #groups: WordGroups;
  readonly #items = new Map<string, Alternatives>();
  readonly #parsedGroups = new Map<string, Alternatives>();
  readonly #words = new Map<string, readonly Choice[]>();

  constructor(places: WordPlaces, groups: WordGroups) {
    this.#places = places;
    this.#groups = groups;
  }

  /** `mum/mother/step-mum` has two choices: one of the first two words, or the two words of the third. */
  parse(item: string): Alternatives {
    const known = this.#items.get(item);
    if (known) return known;
    const parsed = this.#parseAll(item.split("/"));
    this.#items.set(item, parsed);
    return parsed;
  }

  #parseGroup(name: string): Alternatives {
    const known = this.#parsedGroups.get(name);
    if (known) return known;
    const words = (Object.hasOwn(this.#groups, name) ? this.#groups[name] : undefined) ?? [];
    const parsed = this.#parseAll(words.map((text) => text.replaceAll(" ", "-")));
    this.#parsedGroups.set(name, parsed);
    return parsed;
  }

  #parseAll(alternatives: readonly string[]): Alternatives {
    const single: Choice[] = [];
    const choices: (readonly Place[])[] = [];
    for (const alternative of alternatives) {
      const group = groupIn(alternative);
      const words = group === null ? this.#wordsOf(alternative) : [];
      if (group !== null) choices.push(...this.#parseGroup(group));
      else if (words.length === 1) single.push(...words);
      else if (words.length > 1) choices.push(words.map((word) => this.#places.placeFor([word])));
    }
    return single.length > 0 ? [[this.#places.placeFor(single)], ...choices] : choices;
  }

  #wordsOf(alternative: string): readonly Choice[] {
    const known = this.#words.get(alternative);
    if (known) return known;
    const words = parseWords(alternative);
    this.#words.set(alternative, words);
    return words;
  }
}

/** The name of a group, `family` for `<family>`; `<9-13>` is a number. */
function groupIn(alternative: string): string | null {
  if (!alternative.startsWith("<")) return null;
  return /^<[a-z][a-z-]*>$/.test(alternative) ? alternative.slice(1, -1) : null;
}

const NUMBER_RANGE = /^<(?<from>\d+)(?:\+|-(?<to>\d+))>$/;

/** Most alternatives are plain words, which need no folding unless they are drawn out. */
const PLAIN_WORDS = /^[a-z]+(?:-[a-z]+)*$/;
const DRAWN_OUT = /(.)\1\1/;

/** The words of an alternative, such as `step-mum`, `suicid*` or `<20-42>-weeks`. */
function parseWords(alternative: string): Choice[] {
  if (PLAIN_WORDS.test(alternative) && !DRAWN_OUT.test(alternative)) {
    return alternative.split("-").map((text) => ({ text, isBeginning: false }));
  }
  return (alternative.match(/<[^>]*>|[^-<]+/g) ?? []).flatMap((part): Choice[] => {
    const { from, to } = NUMBER_RANGE.exec(part)?.groups ?? {};
    if (from !== undefined) {
      return [{ min: Number(from), max: to === undefined ? Number.POSITIVE_INFINITY : Number(to) }];
    }
    const words = riskWords(part.replaceAll("*", ""));
    return words.map((text, index) => ({
      text: joined(text),
      isBeginning: part.endsWith("*") && index === words.length - 1,
    }));
  });
}
