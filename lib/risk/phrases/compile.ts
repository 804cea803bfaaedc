import { ItemParser, type WordGroups } from "./items.ts";
import type { Place } from "./message.ts";
import { NO_ALTERNATIVES, parsePhrase, rowOfAlternatives } from "./parse.ts";
import type { Alternatives } from "./phrase.ts";
import { type Rows, RowsBuilder } from "./rows.ts";
import type { PhrasesSnapshot } from "./snapshot.ts";
import { WordPlaces } from "./word-places.ts";

/** Phrases that are looked for together. */
export interface PhraseSource {
  phrases: readonly string[];
  /** Words for `<name>` in them. */
  groups?: WordGroups | undefined;
}

/** Compiles lists of phrases at once: some 50 µs for each phrase. */
export function compilePhrases(sources: readonly PhraseSource[]): PhrasesSnapshot {
  return finish(phraseSteps(sources));
}

/** Takes the steps that are left. */
export function finish(steps: Generator<undefined, PhrasesSnapshot>): PhrasesSnapshot {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Compiles lists of phrases in steps, one for each phrase and one for each list. */
export function* phraseSteps(sources: readonly PhraseSource[]): Generator<undefined, PhrasesSnapshot> {
  const wordPlaces = new WordPlaces();
  const alternatives = new AlternativesBuilder();
  const parsers = new Map<WordGroups | undefined, ItemParser>();
  const phrases = new RowsBuilder();
  const lists = [0];
  const filing = new Filing();
  for (const { phrases: texts, groups } of sources) {
    const items = parsers.get(groups) ?? new ItemParser(wordPlaces, groups ?? {});
    parsers.set(groups, items);
    const needs: (readonly Place[])[][] = [];
    for (const text of texts) {
      const { row, steps } = parsePhrase(text, (item) => alternatives.idOf(items.parse(item)));
      phrases.add(row);
      needs.push(steps.map((id) => alternatives.beginningsOf(id)));
      yield;
    }
    lists.push(phrases.count);
    filing.add(needs);
    yield;
  }
  return {
    ...wordPlaces.build(),
    ...filing.build(),
    alternatives: alternatives.build(),
    phrases: phrases.build(),
    lists: Int32Array.from(lists),
  };
}

/** Numbers alternatives; items that are written alike share theirs. */
class AlternativesBuilder {
  readonly #ids = new Map<Alternatives, number>();
  readonly #beginnings: (readonly Place[])[] = [];
  readonly #rows = new RowsBuilder();

  constructor() {
    this.idOf([]); // gets the first number, `NO_ALTERNATIVES`
  }

  idOf(alternatives: Alternatives): number {
    if (alternatives.length === 0 && this.#rows.count > 0) return NO_ALTERNATIVES;
    const known = this.#ids.get(alternatives);
    if (known !== undefined) return known;
    const id = this.#rows.add(rowOfAlternatives(alternatives));
    this.#ids.set(alternatives, id);
    this.#beginnings.push(alternatives.flatMap((choice) => choice.slice(0, 1)));
    return id;
  }

  /** The places that the choices begin with: a message without any of them has none of the alternatives. */
  beginningsOf(id: number): readonly Place[] {
    return this.#beginnings[id] ?? [];
  }

  build(): Rows {
    return this.#rows.build();
  }
}

/** Files each phrase of a list under the words of its rarest step. */
class Filing {
  readonly #filedUnder = new RowsBuilder();
  readonly #filed = new RowsBuilder();
  readonly #needingNothing = new RowsBuilder();

  /** @param needs for each phrase of a list and each of its steps, the places that the step's choices begin with */
  add(needs: readonly (readonly (readonly Place[])[])[]): void {
    const uses = new Map<Place, number>();
    for (const place of needs.flat(2)) uses.set(place, (uses.get(place) ?? 0) + 1);
    const usesOf = (step: readonly Place[]): number =>
      step.reduce((sum, place) => sum + (uses.get(place) ?? 0), 0);
    const byPlace = new Map<Place, number[]>();
    const needingNothing: number[] = [];
    for (const [index, steps] of needs.entries()) {
      const [rarest] = steps.toSorted((a, b) => usesOf(a) - usesOf(b));
      if (!rarest) needingNothing.push(index);
      for (const place of new Set(rarest)) {
        const filed = byPlace.get(place);
        if (filed) filed.push(index);
        else byPlace.set(place, [index]);
      }
    }
    const places = [...byPlace].toSorted(([a], [b]) => a - b);
    this.#filedUnder.add(places.map(([place]) => place));
    for (const [, filed] of places) this.#filed.add(filed);
    this.#needingNothing.add(needingNothing);
  }

  build(): Pick<PhrasesSnapshot, "filedUnder" | "filed" | "needingNothing"> {
    return {
      filedUnder: this.#filedUnder.build(),
      filed: this.#filed.build(),
      needingNothing: this.#needingNothing.build(),
    };
  }
}
