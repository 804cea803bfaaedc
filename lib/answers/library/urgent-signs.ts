import type { LibraryPage } from "../../content/index.ts";
import { createPhraseParser, type RiskPhrase, RiskVocabulary } from "../../risk/index.ts";

/** Finds passages about emergencies by the signs that pages name in their front matter. */
export interface UrgentSigns {
  /** The ids of the passages whose signs a text has, in the order of the pages. */
  find(text: string): string[];
}

/** Signs are phrases of the risk rules' kind: what reads a message for danger reads it for them, too. */
export function createUrgentSigns(pages: readonly LibraryPage[]): UrgentSigns {
  const vocabulary = new RiskVocabulary();
  const parse = createPhraseParser(vocabulary);
  const sections: { passageId: string; phrases: readonly RiskPhrase[] }[] = pages.flatMap(({ urgent }) =>
    urgent.map(({ passageId, signs }) => ({
      passageId,
      phrases: signs.map(parse),
    })),
  );
  return {
    find(text) {
      if (sections.length === 0) return [];
      const message = vocabulary.read(text);
      return sections
        .filter(({ phrases }) => phrases.some((phrase) => phrase.isIn(message)))
        .map(({ passageId }) => passageId);
    },
  };
}
