import type { LibraryPage, Slang } from "../../content/index.ts";
import { OpeningBook, type PhraseBookOptions } from "../../risk/index.ts";
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
export async function openUrgentSigns(
  language: string,
  pages: readonly LibraryPage[],
  slang: Slang,
  options: PhraseBookOptions,
): Promise<UrgentSigns> {
  const urgent = pages.flatMap((page) => page.urgent);
  const harmless = [...new Set(urgent.flatMap(({ not = [] }) => not))];
  const sources = [harmless, ...urgent.map(({ signs }) => signs)].map((phrases) => ({ phrases }));
  const words = [...slang].filter(([word]) => !word.includes(" "));
  const spelling = { spellings: new Map(words.map(([word, meant]) => [fold(word), meant])) };
  const book = await new OpeningBook(`${language}-signs`, sources, spelling, options).open();
  const harmlessSigns = book.list(0);
  const sections = urgent.map(({ passageId }, index) => ({ passageId, signs: book.list(index + 1) }));
  return {
    find(text) {
      if (sections.length === 0) return { counts: new Map(), isHarmless: false };
      const read = book.readMessage(text);
      const message = harmlessSigns.removeFrom(read);
      const counts = new Map(
        sections.flatMap(({ passageId, signs }): [string, number][] => {
          const count = signs.countIn(message);
          return count > 0 ? [[passageId, count]] : [];
        }),
      );
      return { counts, isHarmless: message !== read };
    },
  };
}
