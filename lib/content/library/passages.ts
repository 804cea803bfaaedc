import type { Token } from "marked";

/** A page of the library, as its file has it. */
export interface Page {
  /** Such as `en/condoms`. */
  id: string;
  language: string;
  title: string;
  /** Other words people use for what it is about. */
  keywords?: readonly string[];
  /** Ways people ask for what it answers. */
  questions: readonly string[];
  /** Signs of an emergency that a section of it is about. */
  urgent: readonly { section: string; signs: readonly string[]; questions: readonly string[] }[];
  /** Its Markdown, block by block. */
  blocks: readonly Token[];
}

/** A passage about an emergency, and how people tell of it. */
export interface UrgentSection {
  passageId: string;
  /** Phrases, written like those of the risk rules. */
  signs: readonly string[];
  /** Phrases that are taken out of a message before its signs are looked for. */
  not?: readonly string[];
  /** Messages of people it has happened to. */
  questions: readonly string[];
}

/** What the search knows of a page beside its passages. */
export interface LibraryPage extends Pick<Page, "id" | "language" | "title" | "questions"> {
  keywords: readonly string[];
  /** What brings a passage about an emergency first. */
  urgent: readonly UrgentSection[];
}

/** A piece of a page, short enough to be read on a phone and to be given to the model. */
export interface Passage {
  /** Page and place, counted from 1: `en/condoms#2`. */
  id: string;
  /** Such as `en/condoms`. */
  pageId: string;
  language: string;
  /** The page's title. */
  title: string;
  /** The heading it stands under; none for the text above the first one. */
  section?: string;
  /** The page's. */
  keywords?: readonly string[];
  /** Markdown, at most `MAX_PASSAGE_LENGTH` UTF-16 units. */
  text: string;
}

/** In UTF-16 units; about 200 words, a screen or two of a phone. */
export const MAX_PASSAGE_LENGTH = 1200;

/** Cuts a page at its headings, and what is still too long at paragraphs, lines, sentences or words. */
export function splitPage({
  id,
  language,
  title,
  keywords,
  blocks,
}: Omit<Page, "questions" | "urgent">): Passage[] {
  let current: { heading?: string; text: string } = { text: "" };
  const sections = [current];
  for (const block of blocks) {
    if (block.type === "heading") {
      current = { heading: String(block.text).trim(), text: "" };
      sections.push(current);
    } else {
      current.text += `${block.raw.trim()}\n\n`;
    }
  }
  return sections
    .flatMap(({ heading, text }) => splitText(text.trim(), CUTS).map((piece) => ({ heading, piece })))
    .filter(({ piece }) => piece !== "")
    .map(({ heading, piece }, index) => ({
      id: `${id}#${index + 1}`,
      pageId: id,
      language,
      title,
      ...(heading ? { section: heading } : {}),
      ...(keywords ? { keywords } : {}),
      text: piece,
    }));
}

interface Cut {
  at: RegExp;
  /** What stands between two pieces that are put together again. */
  joint: string;
}

/** From the best place to cut to the worst. */
const CUTS: readonly Cut[] = [
  { at: /\n{2,}/, joint: "\n\n" },
  { at: /\n/, joint: "\n" },
  { at: /(?<=[.!?…])\s+/u, joint: " " },
  { at: /\s+/u, joint: " " },
  { at: /(?:)/u, joint: "" }, // between characters, for text without spaces
];

function splitText(text: string, [cut, ...finerCuts]: readonly Cut[]): string[] {
  if (text.length <= MAX_PASSAGE_LENGTH || !cut) return [text];
  const pieces: string[] = [];
  for (const piece of text.split(cut.at).flatMap((part) => splitText(part, finerCuts))) {
    const joined = pieces.length > 0 ? pieces.at(-1) + cut.joint + piece : "";
    if (joined && joined.length <= MAX_PASSAGE_LENGTH) pieces[pieces.length - 1] = joined;
    else pieces.push(piece);
  }
  return pieces;
}
