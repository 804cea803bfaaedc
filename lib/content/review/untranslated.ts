import type { ContentFile, ContentFolder } from "../files/content-folder.ts";
import type { Mistake } from "../files/mistakes.ts";
import { openYaml } from "../files/yaml-file.ts";
import { FRONT_MATTER } from "../library/front-matter.ts";

/** Shorter texts, such as names and numbers, may be the same in two languages. */
const FEWEST_WORDS = 4;

/** A text in a YAML file, with the keys that lead to it. */
interface Entry {
  keys: readonly string[];
  text: string;
  line: number;
}

/**
 * Finds texts of a language that are word for word those of the default language, as after copying its files to add a
 * language.
 */
export async function reviewTranslations(
  files: ContentFolder,
  languages: readonly string[],
  defaultLanguage: string,
): Promise<Mistake[]> {
  const others = languages.filter((language) => language !== defaultLanguage);
  const found: Mistake[] = [];
  for (const language of others) {
    for (const folder of ["locales", "risk"])
      found.push(...(await reviewPair(files, folder, language, defaultLanguage)));
    found.push(...(await reviewPages(files, language, defaultLanguage)));
  }
  for (const path of ["bot.yaml", ...(await pathsIn(files, "faq")), ...(await pathsIn(files, "flows"))]) {
    const file = await files.read(path);
    if (file) found.push(...others.flatMap((language) => reviewTexts(file, language, defaultLanguage)));
  }
  return found;
}

async function pathsIn(files: ContentFolder, folder: string): Promise<string[]> {
  return (await files.list(folder)).map((name) => `${folder}/${name}`);
}

/** Two files of a folder that each hold all texts of a language. */
async function reviewPair(
  files: ContentFolder,
  folder: string,
  language: string,
  defaultLanguage: string,
): Promise<Mistake[]> {
  const file = await files.read(`${folder}/${language}.yaml`);
  const original = await files.read(`${folder}/${defaultLanguage}.yaml`);
  if (!file || !original) return [];
  const originals = new Map(entriesIn(original).map(({ keys, text }) => [keys.join("."), text]));
  const copies = entriesIn(file).filter(({ keys, text }) => isCopy(text, originals.get(keys.join("."))));
  return warning(file, copies, defaultLanguage);
}

/** The texts of a file that has all languages side by side: `{ en: …, fr: … }`. */
function reviewTexts(file: ContentFile, language: string, defaultLanguage: string): Mistake[] {
  const entries = entriesIn(file);
  const originals = new Map(
    entries
      .filter(({ keys }) => keys.at(-1) === defaultLanguage)
      .map(({ keys, text }) => [keys.slice(0, -1).join("\n"), text]),
  );
  const copies = entries.filter(
    ({ keys, text }) => keys.at(-1) === language && isCopy(text, originals.get(keys.slice(0, -1).join("\n"))),
  );
  return warning(file, copies, defaultLanguage);
}

async function reviewPages(
  files: ContentFolder,
  language: string,
  defaultLanguage: string,
): Promise<Mistake[]> {
  const found: Mistake[] = [];
  for (const name of await files.list(`knowledge/${language}`)) {
    const page = await files.read(`knowledge/${language}/${name}`);
    const original = await files.read(`knowledge/${defaultLanguage}/${name}`);
    if (!page || !original || bodyOf(page) !== bodyOf(original)) continue;
    found.push({ file: page.path, text: `is the page of ${defaultLanguage}; translate it` });
  }
  return found;
}

function bodyOf({ text }: ContentFile): string {
  return text.replace(FRONT_MATTER, "").trim();
}

function isCopy(text: string, original: string | undefined): boolean {
  return text === original && text.split(/\s+/u).length >= FEWEST_WORDS;
}

function warning(file: ContentFile, copies: readonly Entry[], defaultLanguage: string): Mistake[] {
  const [first] = copies;
  if (!first) return [];
  const name = `"${first.keys.join(".")}"`;
  const others = copies.length - 1;
  const text =
    others === 0
      ? `${name} is the text of ${defaultLanguage}; translate it`
      : `${name} and ${others} more are the texts of ${defaultLanguage}; translate them`;
  return [{ file: file.path, line: first.line, text }];
}

/** All texts of a YAML file; none where it has mistakes, which are reported elsewhere. */
function entriesIn(file: ContentFile): Entry[] {
  const document = openYaml(file, []);
  const entries: Entry[] = [];
  const walk = (value: unknown, keys: readonly string[]): void => {
    if (typeof value === "string")
      entries.push({ keys, text: value.trim(), line: document?.lineOf(keys) ?? 1 });
    else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) walk(inner, [...keys, key]);
    }
  };
  walk(document?.at([]), []);
  return entries;
}
