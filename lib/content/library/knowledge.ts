import { Lexer } from "marked";
import * as z from "zod";
import type { ContentFile, ContentFolder } from "../files/content-folder.ts";
import type { Mistake } from "../files/mistakes.ts";
import { parseYaml } from "../files/yaml-file.ts";
import { type Page, type Passage, splitPage } from "./passages.ts";

/** Reads `knowledge/<language>/<page>.md` of every language into passages; pages with mistakes are left out. */
export async function loadPassages(
  folder: ContentFolder,
  languages: readonly string[],
  defaultLanguage: string | undefined,
  mistakes: Mistake[],
): Promise<Passage[]> {
  for (const name of await folder.list("knowledge")) {
    if (languages.includes(name)) continue;
    const text = `belongs to no language of bot.yaml; the folders here are ${languages.join(", ")}`;
    mistakes.push({ file: `knowledge/${name}`, text });
  }
  const passages: Passage[] = [];
  for (const language of languages) {
    const pages = await loadPages(folder, language, mistakes);
    if (pages.length === 0 && language === defaultLanguage) {
      mistakes.push({ file: `knowledge/${language}`, text: "has no page yet; add one, such as condoms.md" });
    }
    passages.push(...pages.flatMap(splitPage));
  }
  return passages;
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

const FRONT_MATTER = /^---\n(.*?\n)?---[ \t]*(\n|$)/s;
const frontMatterSchema = z.strictObject({
  title: z.string().trim().min(1).max(200).optional(),
  keywords: z.array(z.string().trim().min(1).max(64)).max(50).optional(),
  // What the facts rest on, by name, and the day they were last compared with it.
  based_on: z.array(z.string().trim().min(1).max(200)).max(20).optional(),
  checked: z.iso.date().optional(),
  // Signs in a question that bring a section of this page first, written like the phrases in risk/.
  urgent: z
    .array(
      z.strictObject({
        section: z.string().trim().min(1).max(200),
        signs: z.array(z.string().trim().min(1).max(200)).min(1).max(100),
      }),
    )
    .max(10)
    .optional(),
  // Ways people ask for what the page answers.
  questions: z.array(z.string().trim().min(1).max(500)).max(200).optional(),
});

/** A page from its file; null when it has mistakes. */
function parsePage(file: ContentFile, language: string, mistakes: Mistake[]): Page | null {
  const refuse = (line: number, text: string): null => {
    mistakes.push({ file: file.path, line, text });
    return null;
  };
  if (file.text.trim() === "") return refuse(1, "is empty; write the page or remove it");
  const frontMatter = FRONT_MATTER.exec(file.text);
  let title: string | undefined;
  let keywords: string[] | undefined;
  if (frontMatter) {
    // The empty line stands for the opening "---", so that lines are counted right.
    const text = `\n${frontMatter[1] ?? ""}`;
    const settings = text.trim() === "" ? null : parseYaml({ ...file, text }, frontMatterSchema, mistakes);
    if (text.trim() !== "" && !settings) return null;
    title = settings?.value.title;
    keywords = settings?.value.keywords;
  }
  const body = file.text.slice(frontMatter?.[0].length ?? 0).replaceAll(/<!--.*?-->/gs, "");
  const blocks = Lexer.lex(body).filter((token) => token.type !== "space");
  const [first] = blocks;
  const heading = first?.type === "heading" && first.depth === 1 ? String(first.text).trim() : "";
  if (heading) blocks.shift();
  title ??= heading;
  if (title === "") return refuse(1, 'has no title; begin it with a line such as "# Condoms"');
  if (blocks.every((token) => token.type === "heading")) {
    return refuse(1, "has a title but no text; write the page or remove it");
  }
  return {
    id: `${language}/${nameOf(file.path)}`,
    language,
    title,
    ...(keywords ? { keywords } : {}),
    blocks,
  };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1, -".md".length);
}
