import type { LibraryPage, Passage } from "../../content/index.ts";
import type { LabelledText } from "../meaning/library-meaning.ts";
import type { Example } from "./text-index.ts";

/** The texts of one language whose page is known: what the library is indexed from. */
export function examplesOf(
  pages: readonly LibraryPage[],
  passages: readonly Passage[],
  unanswered: readonly string[],
): Example[] {
  const urgentIds = new Set(pages.flatMap(({ urgent }) => urgent.map(({ passageId }) => passageId)));
  return [
    ...passages.flatMap(({ id, pageId, title, section = title, text }): Example[] => {
      const isUrgent = urgentIds.has(id);
      const label = isUrgent ? id : pageId;
      return [section, `${section} ${text}`].map((own) => ({
        text: own,
        label,
        isQuestion: false,
        isUrgent,
      }));
    }),
    ...pages.flatMap(({ id, title, keywords, questions, urgent }): Example[] => [
      ...[title, ...keywords].map((text) => ({ text, label: id, isQuestion: false })),
      ...urgent.flatMap(({ passageId, questions: told }) =>
        told.map((text) => ({ text, label: passageId, isQuestion: true, isUrgent: true })),
      ),
      ...questions.map((text) => ({
        text,
        label: id,
        isQuestion: true,
      })),
    ]),
    ...unanswered.map((text) => ({ text, label: null, isQuestion: true })),
  ];
}

/** What the meaning is learned from: every text, each with its page. */
export function meaningsOf(examples: readonly Example[], passages: readonly Passage[]): LabelledText[] {
  const pageIds = new Map(passages.map(({ id, pageId }) => [id, pageId]));
  return examples.map(({ text, label }) => ({
    text,
    label: label === null ? null : (pageIds.get(label) ?? label),
  }));
}
