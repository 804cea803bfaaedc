import * as z from "zod";
import type { ContentFolder } from "../files/content-folder.ts";
import { reportStrayFiles } from "../files/language-files.ts";
import type { Mistake } from "../files/mistakes.ts";
import { parseYaml, type YamlFile } from "../files/yaml-file.ts";
import { MAX_MESSAGE_LENGTH } from "./local-text.ts";
import { pluralForms } from "./plurals.ts";
import { TEXT_KEYS, type TextKey, textRule } from "./text-keys.ts";

/** Every sentence of one language, by its dotted key; plural sentences have a key for each form, such as `_one`. */
export type Locale = Readonly<Record<string, string>>;

/** A locale and its file. */
interface WrittenLocale extends YamlFile<Locale> {
  language: string;
}

/** A locale is written nested (`start:` above `welcome:`) and checked flat (`start.welcome`). */
function localeSchema(language: string): z.ZodType<Locale> {
  /** By maximum length: creating a schema is slow, so hundreds of sentences share a few. */
  const sentences = new Map<number, z.ZodString>();
  const shape = TEXT_KEYS.flatMap((key): [string, z.ZodType<string | undefined>][] => {
    const { maxLength = MAX_MESSAGE_LENGTH } = textRule(key);
    const text = sentences.get(maxLength) ?? z.string().trim().min(1).max(maxLength);
    sentences.set(maxLength, text);
    const { required, optional } = formsOf(key, language);
    return [
      ...required.map((name): [string, z.ZodType<string>] => [name, text]),
      ...optional.map((name): [string, z.ZodType<string | undefined>] => [name, text.optional()]),
    ];
  });
  return z.preprocess(
    (nested) => (isGroup(nested) ? Object.fromEntries(flatten(nested, "")) : nested),
    z.strictObject(Object.fromEntries(shape)).transform((written) => written as Locale),
  );
}

/** The keys of a sentence in a language: one, or one for each plural form. */
function formsOf(key: TextKey, language: string): { required: string[]; optional: string[] } {
  if (!textRule(key).isPlural) return { required: [key], optional: [] };
  const { required, optional } = pluralForms(language);
  const named = (forms: readonly string[]): string[] => forms.map((form) => `${key}_${form}`);
  return { required: named(required), optional: named(optional) };
}

/** Fills in missing optional plural forms with the last required one. */
function withAllForms(written: Locale, language: string): Locale {
  const forms = TEXT_KEYS.flatMap((key) => {
    const { required, optional } = formsOf(key, language);
    const fallback = written[required.at(-1) ?? key];
    return [...required, ...optional].map((name) => [name, written[name] ?? fallback]);
  });
  return Object.fromEntries(forms) as Locale;
}

/** Reads and checks `locales/<language>.yaml` for every language; those with mistakes are left out. */
export async function loadLocales(
  folder: ContentFolder,
  languages: readonly string[],
  defaultLanguage: string | undefined,
  mistakes: Mistake[],
): Promise<Map<string, Locale>> {
  await reportStrayFiles(folder, "locales", { languages, extension: ".yaml" }, mistakes);
  const locales: WrittenLocale[] = [];
  for (const language of languages) {
    const file = await folder.read(`locales/${language}.yaml`);
    const locale = file && parseYaml(file, localeSchema(language), mistakes);
    if (locale) locales.push({ ...locale, language });
  }
  const model = locales.find(({ language }) => language === defaultLanguage);
  for (const locale of locales) mistakes.push(...checkPlaceholders(locale, model));
  return new Map(locales.map(({ language, value }) => [language, withAllForms(value, language)]));
}

/** A sentence may use the placeholders of its key, and a translation must use those the default language uses. */
function checkPlaceholders(locale: WrittenLocale, model: WrittenLocale | undefined): Mistake[] {
  const { path, language, value, lineOf } = locale;
  return TEXT_KEYS.flatMap((key) => {
    const { isPlural = false, placeholders: offered = [] } = textRule(key);
    const wanted = model ? placeholdersOf(key, model) : [];
    const { required, optional } = formsOf(key, language);
    return [...required, ...optional].flatMap((name) => {
      const text = value[name];
      if (text === undefined) return [];
      const used = placeholders(text);
      const unknown = used.filter((one) => !offered.includes(one));
      // A form such as "one message" needs no number.
      const missing = wanted.filter((one) => !used.includes(one) && !(isPlural && one === "count"));
      const extra = model ? used.filter((one) => offered.includes(one) && !wanted.includes(one)) : [];
      return [
        ...unknown.map((one) => `"${name}" cannot fill in {{${one}}}; ${choice(offered)}`),
        ...missing.map((one) => `"${name}" lacks {{${one}}}, which ${model?.path} has; add it`),
        ...extra.map((one) => `"${name}" has {{${one}}}, which ${model?.path} lacks; make them alike`),
      ].map((mistake) => ({ file: path, line: lineOf([name]), text: mistake }));
    });
  });
}

/** The placeholders used in any form of a sentence. */
function placeholdersOf(key: TextKey, { language, value }: WrittenLocale): string[] {
  const { required, optional } = formsOf(key, language);
  const used = [...required, ...optional].flatMap((name) => placeholders(value[name] ?? ""));
  return (textRule(key).placeholders ?? []).filter((one) => used.includes(one));
}

function choice(offered: readonly string[]): string {
  return offered.length === 0 ? "remove it" : `use ${offered.map((name) => `{{${name}}}`).join(", ")}`;
}

function placeholders(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(/\{\{(.*?)\}\}/gs), (match) => (match[1] ?? "").trim()))];
}

function flatten(group: Record<string, unknown>, prefix: string): [string, unknown][] {
  return Object.entries(group).flatMap(([key, value]): [string, unknown][] =>
    isGroup(value) ? flatten(value, `${prefix}${key}.`) : [[prefix + key, value]],
  );
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
