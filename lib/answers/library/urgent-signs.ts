import type { LibraryPage, Slang } from "../../content/index.ts";
import { createPhraseParser, PhraseList, RiskVocabulary } from "../../risk/index.ts";
import { fold } from "../../text/index.ts";

export interface FoundSigns {
  /** The ids of the passages whose signs a text has, each with how many of them. */
  counts: ReadonlyMap<string, number>;
  /** Whether the text has a phrase that sounds like a sign and is none, such as an idiom. */
  isHarmless: boolean;
}

/** Finds passages about emergencies by the signs that pages name in their front matter. */
export interface UrgentSigns {
  find(text: string): FoundSigns;
}

/**
 * Signs are phrases of the risk rules' kind: what reads a message for danger reads it for them, too.
 * @param slang single words that mean others; read so where no sign has them
 */
export function createUrgentSigns(pages: readonly LibraryPage[], slang: Slang = new Map()): UrgentSigns {
  const vocabulary = new RiskVocabulary(
    undefined,
    new Map([...slang].filter(([word]) => !word.includes(" ")).map(([word, meant]) => [fold(word), meant])),
  );
  const parse = createPhraseParser(vocabulary);
  const sections: { passageId: string; phrases: PhraseList }[] = pages.flatMap(({ urgent }) =>
    urgent.map(({ passageId, signs }) => ({
      passageId,
      phrases: new PhraseList(signs.map(parse)),
    })),
  );
  const harmless = new PhraseList(
    [...new Set(pages.flatMap(({ urgent }) => urgent.flatMap(({ not = [] }) => not)))].map(parse),
  );
  return {
    find(text) {
      if (sections.length === 0) return { counts: new Map(), isHarmless: false };
      const read = vocabulary.read(text);
      const message = harmless.removeFrom(read);
      const counts = new Map(
        sections.flatMap(({ passageId, phrases }): [string, number][] => {
          const count = phrases.countIn(message);
          return count > 0 ? [[passageId, count]] : [];
        }),
      );
      return { counts, isHarmless: message !== read };
    },
  };
}
