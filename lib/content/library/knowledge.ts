import { Lexer } from "marked";
import * as z from "zod";
import type { ContentFile, ContentFolder } from "../files/content-folder.ts";
import { reportStrayFiles } from "../files/language-files.ts";
import type { Mistake } from "../files/mistakes.ts";
import { parseYaml } from "../files/yaml-file.ts";
import { expandPhrase, phrase, unknownGroups } from "../phrases.ts";
import { FRONT_MATTER } from "./front-matter.ts";
import { type LibraryPage, type Page, type Passage, splitPage } from "./passages.ts";
import { loadSignWords, type SignWords } from "./sign-words.ts";
import { loadSlang, type Slang } from "./slang.ts";

/** The library: what the bot can answer from, and what people ask that it cannot answer. */
export interface LibraryContent {
  /** All pages' passages, page by page. */
  passages: readonly Passage[];
  pages: readonly LibraryPage[];
  /** Questions that no page answers, by language. */
  unanswered: Readonly<Record<string, readonly string[]>>;
  /** What wordings of people mean, by language. */
  slang?: Readonly<Record<string, Slang>>;
}

/** The folders of what the library needs beside its pages, each with a file for each language. */
const LANGUAGE_FILE_FOLDERS = [
  ["signs", ".yaml"],
  ["slang", ".yaml"],
  ["unanswered", ".txt"],
] as const;

/**
 * Reads `knowledge/<language>/<page>.md` and `unanswered/<language>.txt` of every language; pages with mistakes are left
 * out.
 */
export async function loadLibrary(
  folder: ContentFolder,
  languages: readonly string[],
  defaultLanguage: string | undefined,
  mistakes: Mistake[],
): Promise<Required<LibraryContent>> {
  await reportStrayFiles(folder, "knowledge", { languages, extension: "" }, mistakes);
  for (const [name, extension] of LANGUAGE_FILE_FOLDERS) {
    await reportStrayFiles(folder, name, { languages, extension }, mistakes);
  }
  const passages: Passage[] = [];
  const pages: LibraryPage[] = [];
  const unanswered: Record<string, readonly string[]> = {};
  const slang: Record<string, Slang> = {};
  for (const language of languages) {
    const read = await loadPages(folder, language, mistakes);
    if (read.length === 0 && language === defaultLanguage) {
      mistakes.push({ file: `knowledge/${language}`, text: "has no page yet; add one, such as condoms.md" });
    }
    const signWords = await loadSignWords(folder, language, mistakes);
    for (const page of read) {
      const own = splitPage(page);
      passages.push(...own);
      pages.push(asLibraryPage(page, own, signWords, mistakes));
    }
    slang[language] = await loadSlang(folder, language, mistakes);
    unanswered[language] = await loadUnanswered(folder, language, mistakes);
    mistakes.push(...findTwins(language, read, unanswered[language]));
  }
  return { passages, pages, unanswered, slang };
}

function asLibraryPage(
  page: Page,
  passages: readonly Passage[],
  { groups, alternatives, not }: SignWords,
  mistakes: Mistake[],
): LibraryPage {
  const { id, language, title, keywords = [], questions } = page;
  const urgent = page.urgent.flatMap(({ section, signs, questions: told }) => {
    for (const name of unknownGroups(signs, groups)) {
      const text = `"signs" use <${name}>, which is no group of signs/${language}.yaml; add it or correct the name`;
      mistakes.push({ file: pathOf(id), text });
    }
    const passage = passages.find((candidate) => candidate.section === section);
    if (passage) {
      const phrases = signs.map((sign) => expandPhrase(sign, alternatives));
      return [{ passageId: passage.id, signs: phrases, not, questions: told }];
    }
    const text = `"urgent" names the section "${section}", which the page has not; copy one of its "## …" headings`;
    mistakes.push({ file: pathOf(id), text });
    return [];
  });
  return { id, language, title, keywords, questions, urgent };
}

/** `unanswered/<language>.txt`: a question a line; empty lines and those that begin with # are left out. */
async function loadUnanswered(
  folder: ContentFolder,
  language: string,
  mistakes: Mistake[],
): Promise<readonly string[]> {
  const name = `${language}.txt`;
  if (!(await folder.list("unanswered")).includes(name)) return [];
  const file = await folder.read(`unanswered/${name}`);
  if (!file) return [];
  const lines = file.text.split("\n").map((line) => line.trim());
  for (const [index, line] of lines.entries()) {
    if (line.length > MAX_QUESTION_LENGTH) {
      const text = `is longer than ${MAX_QUESTION_LENGTH} characters; shorten the question`;
      mistakes.push({ file: file.path, line: index + 1, text });
    }
  }
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

/** A question that stands twice teaches the search that two pages answer it, or that one does and does not. */
function findTwins(language: string, pages: readonly Page[], unanswered: readonly string[]): Mistake[] {
  const places = [
    ...pages.flatMap(({ id, questions, urgent }) =>
      [...questions, ...urgent.flatMap((section) => section.questions)].map((question) => ({
        file: pathOf(id),
        question,
      })),
    ),
    ...unanswered.map((question) => ({ file: `unanswered/${language}.txt`, question })),
  ];
  const first = new Map<string, string>();
  return places.flatMap(({ file, question }) => {
    const key = sameQuestionKey(question);
    const other = first.get(key);
    first.set(key, other ?? file);
    if (other === undefined) return [];
    const where = other === file ? "twice" : `as ${other} has`;
    return [{ file, text: `has the question "${question}" ${where}; keep it in one place` }];
  });
}

/** Equal for questions that differ in case, punctuation or spaces only. */
export function sameQuestionKey(question: string): string {
  return question
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, " ")
    .trim();
}

function pathOf(pageId: string): string {
  return `knowledge/${pageId}.md`;
}

async function loadPages(folder: ContentFolder, language: string, mistakes: Mistake[]): Promise<Page[]> {
  const pages = new Map<string, Page>();
  for (const name of await folder.list(`knowledge/${language}`)) {
    const path = `knowledge/${language}/${name}`;
    if (!/^[a-z0-9]+(-[a-z0-9]+)*\.md$/.test(name)) {
      mistakes.push({ file: path, text: NAME_HINT });
      continue;
    }
    const file = await folder.read(path);
    const page = file && parsePage(file, language, mistakes);
    if (!page) continue;
    const twin = pages.get(page.title.toLowerCase());
    if (twin)
      mistakes.push({
        file: path,
        text: `has the title "${page.title}", and so has ${twin.id}.md; rename one`,
      });
    else pages.set(page.title.toLowerCase(), page);
  }
  return [...pages.values()];
}

const NAME_HINT =
  "is not a page; name it like condoms.md (small letters a to z, digits, hyphens), or move it away";

/** In UTF-16 units. */
const MAX_QUESTION_LENGTH = 500;

const frontMatterSchema = z.strictObject({
  title: z.string().trim().min(1).max(200).optional(),
  keywords: z.array(z.string().trim().min(1).max(64)).max(50).optional(),
  // What the facts rest on, by name, and the day they were last compared with it.
  based_on: z.array(z.string().trim().min(1).max(200)).max(20).optional(),
  checked: z.iso.date("must be a day such as 2026-05-31").optional(),
  // Signs in a question that bring a section of this page first, written like the phrases in risk/.
  urgent: z
    .array(
      z.strictObject({
        section: z.string().trim().min(1).max(200),
        signs: z.array(phrase).max(200).default([]),
        questions: z.array(z.string().trim().min(1).max(MAX_QUESTION_LENGTH)).max(200).default([]),
      }),
    )
    .max(10)
    .optional(),
  // Ways people ask for what the page answers.
  questions: z.array(z.string().trim().min(1).max(MAX_QUESTION_LENGTH)).max(200).optional(),
});

/** A line of settings below the front matter, where it would be text. */
const MISPLACED_SETTING = new RegExp(`^(?:${Object.keys(frontMatterSchema.shape).join("|")}):`, "m");

/** A page from its file; null when it has mistakes. */
function parsePage(file: ContentFile, language: string, mistakes: Mistake[]): Page | null {
  const refuse = (line: number, text: string): null => {
    mistakes.push({ file: file.path, line, text });
    return null;
  };
  if (file.text.trim() === "") return refuse(1, "is empty; write the page or remove it");
  const frontMatter = FRONT_MATTER.exec(file.text);
  if (!frontMatter && /^---[ \t]*\n/.test(file.text)) {
    return refuse(1, 'has settings without an end; put a second line of "---" between them and the title');
  }
  let settings: z.infer<typeof frontMatterSchema> = {};
  if (frontMatter) {
    // The empty line stands for the opening "---", so that lines are counted right.
    const text = `\n${frontMatter[1] ?? ""}`;
    const parsed = text.trim() === "" ? null : parseYaml({ ...file, text }, frontMatterSchema, mistakes);
    if (text.trim() !== "" && !parsed) return null;
    settings = parsed?.value ?? {};
  }
  const misplaced = MISPLACED_SETTING.exec(file.text.slice(frontMatter?.[0].length ?? 0));
  if (misplaced) {
    const at = (frontMatter?.[0].length ?? 0) + misplaced.index;
    return refuse(
      file.text.slice(0, at).split("\n").length,
      `would show "${misplaced[0]}" to people; settings stand above the title, between two lines of ---`,
    );
  }
  const body = file.text.slice(frontMatter?.[0].length ?? 0).replaceAll(/<!--.*?-->/gs, "");
  const blocks = Lexer.lex(body).filter((token) => token.type !== "space");
  const [first] = blocks;
  const heading = first?.type === "heading" && first.depth === 1 ? String(first.text).trim() : "";
  if (heading) blocks.shift();
  const { title = heading, keywords, questions = [], urgent = [] } = settings;
  if (title === "") return refuse(1, 'has no title; begin it with a line such as "# Condoms"');
  if (blocks.every((token) => token.type === "heading")) {
    return refuse(1, "has a title but no text; write the page or remove it");
  }
  return {
    id: `${language}/${nameOf(file.path)}`,
    language,
    title,
    ...(keywords ? { keywords } : {}),
    questions,
    urgent,
    blocks,
  };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1, -".md".length);
}
