import type { Place } from "./message.ts";
import type { Alternatives, PhraseParts, Sequence } from "./phrase.ts";

/** The number of alternatives without a word, such as those of an empty group. */
export const NO_ALTERNATIVES = 0;

/** How many words `...` may stand for. */
const MAX_GAP = 6;

/**
 * Reads a phrase:
 * - words in a row, `a/b` for either word, `step-mum` for two words in a row among the alternatives
 * - `word*` for any word that begins so
 * - `...` for up to six words of any kind
 * - `<9-13>` or `<16+>` for a number, `<family>` for any word of a group
 * - `!a/b` for words that must be missing: from a gap, or next to the phrase when it begins or ends so
 * - `&` between two phrases that must both be in the message, in any order; `& !a/b` for words that must be nowhere in it
 * @param idOf the number of an item's alternatives
 * @returns the phrase as numbers, which `phraseOf` reads, and of each of its steps the number of its alternatives
 */
export function parsePhrase(
  phrase: string,
  idOf: (item: string) => number,
): { row: readonly number[]; steps: readonly number[] } {
  const parts = phrase.split(/(?:^|\s)&(?:\s|$)/).map((part) => part.trim());
  const absent = parts.filter(isAbsence).map((part) => idOf(part.slice(1)));
  const steps: number[] = [];
  const sequences = parts
    .filter((part) => !isAbsence(part))
    .map((part) => parseSequence(part, idOf, (choices) => steps.push(choices)));
  return { row: [absent.length, ...absent, sequences.length, ...sequences.flat()], steps };
}

/** `!a/b` by itself. */
function isAbsence(part: string): boolean {
  return /^!\S+$/.test(part);
}

/**
 * A sequence as numbers: what must be missing before it and after it, then its steps, each as its gap, what must be
 * missing there, and its choices.
 */
function parseSequence(
  text: string,
  idOf: (item: string) => number,
  onStep: (choices: number) => void,
): number[] {
  const steps: number[] = [];
  let count = 0;
  let notBefore: number[] = [];
  let gap = 0;
  let missing: number[] = [];
  const forbid = (alternatives: number): void => {
    if (alternatives !== NO_ALTERNATIVES) missing.push(alternatives);
  };
  for (const item of text.trim().split(/\s+/)) {
    if (item === "..." || item === "…") {
      gap = MAX_GAP;
    } else if (item.startsWith("!")) {
      forbid(idOf(item.slice(1)));
    } else {
      const isFirst = count === 0;
      if (isFirst) notBefore = missing;
      const notInGap = isFirst ? [] : missing;
      const choices = idOf(item);
      steps.push(notInGap.length > 0 ? MAX_GAP : gap, notInGap.length, ...notInGap, choices);
      onStep(choices);
      count += 1;
      gap = 0;
      missing = [];
    }
  }
  return [notBefore.length, ...notBefore, missing.length, ...missing, count, ...steps];
}

/** What `parsePhrase` wrote. */
export function phraseOf(row: Int32Array, alternativesOf: (id: number) => Alternatives): PhraseParts {
  let at = 0;
  const next = (): number => {
    const value = row[at] ?? 0;
    at += 1;
    return value;
  };
  const times = <Item>(read: () => Item): Item[] => Array.from({ length: next() }, read);
  const allOf = (): Alternatives => times(() => alternativesOf(next())).flat();
  const absent = allOf();
  const sequences = times((): Sequence => {
    const notBefore = allOf();
    const notAfter = allOf();
    const steps = times(() => ({ gap: next(), notInGap: allOf(), choices: alternativesOf(next()) }));
    return { steps, notBefore, notAfter };
  });
  return { sequences, absent };
}

/** Alternatives as numbers. */
export function rowOfAlternatives(alternatives: Alternatives): number[] {
  return alternatives.flatMap((choice) => [choice.length, ...choice]);
}

/** What `rowOfAlternatives` wrote. */
export function alternativesIn(row: Int32Array): Alternatives {
  const choices: Place[][] = [];
  for (let at = 0; at < row.length; ) {
    const end = at + 1 + (row[at] ?? 0);
    choices.push([...row.subarray(at + 1, end)]);
    at = end;
  }
  return choices;
}
