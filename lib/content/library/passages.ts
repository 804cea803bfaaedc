import type { Token } from "marked";
import type { MediaItem } from "../files/media-item.ts";
import type { FaqEntry, Topic } from "../topics/topic.ts";

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
  /** Shown with it: those of a topic's question that names its section. */
  media?: readonly MediaItem[];
}

/** How topics name the section of a passage, such as `en/condoms#How to put on a condom`. */
export function sectionKey({ pageId, section = "" }: Pick<Passage, "pageId" | "section">): string {
  return withPlainSpaces(`${pageId}#${section}`);
}

/** The same text with ordinary spaces: French has others before "?", which nobody sees. */
export function withPlainSpaces(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** The passages with the media of the topics that name their sections; of a long section the first one gets them. */
export function withMedia(passages: readonly Passage[], topics: readonly Topic[]): Passage[] {
  const media = new Map(
    entriesOf(topics).flatMap((entry) => entry.sections.map((key) => [key, entry.media])),
  );
  return passages.map((passage) => {
    const key = sectionKey(passage);
    const shown = media.get(key);
    media.delete(key);
    return shown && shown.length > 0 ? { ...passage, media: shown } : passage;
  });
}

/** The questions of topics and their subtopics. */
export function entriesOf(topics: readonly Topic[]): FaqEntry[] {
  return topics.flatMap((topic) => [...topic.entries, ...entriesOf(topic.topics)]);
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
