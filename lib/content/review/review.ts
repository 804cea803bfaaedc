import { type ContentFile, openContentFolder } from "../files/content-folder.ts";
import type { Mistake } from "../files/mistakes.ts";
import { entriesOf, type Passage, sectionKey } from "../library/passages.ts";
import type { BotSettings } from "../settings/bot-settings.ts";
import type { Topic } from "../topics/topic.ts";
import { reviewBudget } from "./budget.ts";
import { figuresIn } from "./figures.ts";
import { reviewSayings } from "./sayings.ts";
import { reviewTranslations } from "./untranslated.ts";
import { REVIEW_WORDS } from "./words.ts";

/** The parts of the content that are reviewed. */
export interface ReviewedContent {
  bot: Pick<BotSettings, "languages" | "defaultLanguage" | "budget" | "person" | "smallTalk">;
  passages: readonly Passage[];
  topics: readonly Topic[];
}

/** A page of the library with its file. */
interface ReviewedPage {
  /** Without the language: `condoms`. */
  name: string;
  language: string;
  file: ContentFile;
  passages: readonly Passage[];
}

/** How often pages should be compared with their sources. */
const MAX_AGE_DAYS = 365;
const DAY_MS = 24 * 60 * 60_000;

/**
 * Finds what an editor should look at: pages that were not checked for a year, figures that differ
 * between the languages of a page, passages that are unclear without their page or assume the reader's situation, sections
 * that topics name but no page has, texts that were not translated, phrases that a language lacks, and limits of the budget
 * that cannot be reached.
 * These are warnings, which do not keep the content from being used.
 */
export async function reviewContent(
  folder: string,
  { bot, passages, topics }: ReviewedContent,
  today: Date,
): Promise<Mistake[]> {
  const files = await openContentFolder(folder, []);
  const botFile = await files.read("bot.yaml");
  const pages: ReviewedPage[] = [];
  for (const id of new Set(passages.map(({ pageId }) => pageId))) {
    const file = await files.read(`knowledge/${id}.md`);
    const own = passages.filter(({ pageId }) => pageId === id);
    const [language = "", name = ""] = id.split("/");
    if (file) pages.push({ name, language, file, passages: own });
  }
  return [
    ...pages.flatMap((page) => [
      ...reviewAge(page, today),
      ...reviewFigures(page, pages, bot.languages),
      ...page.passages.flatMap((passage) => reviewPassage(page.file, passage)),
    ]),
    ...reviewSections(topics, passages),
    ...(botFile ? [...reviewBudget(botFile, bot.budget), ...reviewSayings(botFile, bot)] : []),
    ...(await reviewTranslations(files, bot.languages, bot.defaultLanguage)),
  ];
}

/** Finds sections that topics name and pages have not. A page that was left out altogether is none. */
function reviewSections(topics: readonly Topic[], passages: readonly Passage[]): Mistake[] {
  const known = new Set(passages.map(sectionKey));
  return entriesOf(topics).flatMap(({ id, sections }) =>
    sections
      .filter((key) => !known.has(key) && passages.some(({ pageId }) => key.startsWith(`${pageId}#`)))
      .map((key) => ({
        file: `knowledge/${key.slice(0, key.indexOf("#"))}.md`,
        text: `has no section "${key.slice(key.indexOf("#") + 1)}", which the topics' question "${id}" names; its pictures are not shown there`,
      })),
  );
}

function reviewAge({ file }: ReviewedPage, today: Date): Mistake[] {
  const checked = /^checked: *["']?(\d{4}-\d\d-\d\d)/m.exec(file.text);
  if (!checked) {
    const hint = `add "checked: ${today.toISOString().slice(0, 10)}" after comparing it`;
    return [{ file: file.path, text: `does not say when it was last compared with its sources; ${hint}` }];
  }
  const [line, day = ""] = checked;
  const ageDays = Math.floor((today.getTime() - new Date(day).getTime()) / DAY_MS);
  if (ageDays <= MAX_AGE_DAYS) return [];
  const text = `was last checked on ${day}; compare it with its sources again`;
  return [{ file: file.path, line: lineOf(file, line), text }];
}

/** Finds figures that the same page does not have in another language. */
function reviewFigures(
  page: ReviewedPage,
  pages: readonly ReviewedPage[],
  languages: readonly string[],
): Mistake[] {
  const words = REVIEW_WORDS[page.language];
  if (!words) return [];
  return languages.flatMap((language) => {
    const other = pages.find((candidate) => candidate.name === page.name && candidate.language === language);
    const otherWords = REVIEW_WORDS[language];
    if (!other || other === page || !otherWords) return [];
    const { figures, bareNumbers } = figuresIn(textOf(other), otherWords);
    const seen = new Set(figures.map(({ key }) => key));
    return page.passages.flatMap((passage) =>
      figuresIn(passage.text, words).figures.flatMap(({ key, value, text }) => {
        // Some languages write an article for 1.
        if (value === 1 || seen.has(key) || bareNumbers.has(value)) return [];
        seen.add(key);
        const mistake = `says "${text}", but ${other.file.path} does not; compare the two pages`;
        return [{ file: page.file.path, line: lineOfPassage(page.file, passage, text), text: mistake }];
      }),
    );
  });
}

function textOf({ passages }: ReviewedPage): string {
  return passages.map(({ text }) => text).join("\n\n");
}

function reviewPassage(file: ContentFile, passage: Passage): Mistake[] {
  const words = REVIEW_WORDS[passage.language];
  const [firstParagraph = ""] = passage.text.split(/\n{2,}/);
  if (!words) return [];
  const at = (text: string, search: string): Mistake => ({
    file: file.path,
    line: lineOfPassage(file, passage, search),
    text,
  });
  const plain = firstParagraph.replace(/^[\s*_#>-]+/, "");
  const subject = beginsWith(plain, words.clearSubjects) ? null : beginsWith(plain, words.unclearSubjects);
  const situations = sentencesOf(plain).flatMap((sentence) => {
    const found = new RegExp(`(?<!\\p{L})(?:${words.assumedSituations})(?!\\p{L})`, "iu").exec(sentence);
    const before = sentence.slice(0, found?.index);
    const isCondition = new RegExp(`(?<!\\p{L})(?:${words.conditions})(?!\\p{L})`, "iu").test(before);
    return found && !isCondition ? [found[0]] : [];
  });
  return [
    ...(subject === null || isNamedAbove(subject, passage)
      ? []
      : [at(`begins a passage with "${subject}", but passages are shown alone; name what is meant`, plain)]),
    ...situations.map((said) =>
      at(`says "${said}" to every reader; make it a condition ("if …"), or write about people who are`, said),
    ),
  ];
}

function beginsWith(text: string, pattern: string): string | null {
  return new RegExp(`^(?:${pattern})(?!\\p{L})`, "iu").exec(text)?.[0] ?? null;
}

/** Whether the title or the section, which are shown with the passage, name the subject. */
function isNamedAbove(subject: string, { title, section = "" }: Passage): boolean {
  return subject.includes(" ") && `${title}\n${section}`.toLowerCase().includes(subject.toLowerCase());
}

function sentencesOf(text: string): string[] {
  return text.split(/(?<=[.!?:])\s+/u);
}

/** The line of a text in a passage, or of the passage itself. */
function lineOfPassage(file: ContentFile, { text }: Passage, search: string): number {
  const start = Math.max(0, file.text.indexOf(text.slice(0, 60)));
  const [firstLine = ""] = search.split("\n");
  const found = file.text.indexOf(firstLine, start);
  return lineAt(file, found < 0 ? start : found);
}

function lineOf(file: ContentFile, text: string): number {
  return lineAt(file, file.text.indexOf(text));
}

function lineAt({ text }: ContentFile, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
