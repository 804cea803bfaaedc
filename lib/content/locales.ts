import { z } from "zod";
import type { ContentFolder } from "./content-folder.ts";
import type { Mistake } from "./mistakes.ts";
import { TEXT_KEYS, type TextKey, textRule } from "./text-keys.ts";
import { parseYaml, type YamlFile } from "./yaml-file.ts";

/** Every sentence of one language, by its dotted name. */
export type Locale = Record<TextKey, string>;

/** Telegram's limit for a message, in UTF-16 units. */
const MAX_MESSAGE_LENGTH = 4096;

const shape = Object.fromEntries(TEXT_KEYS.map((key) => [key, sentence(textRule(key).maxLength)])) as Record<
  TextKey,
  z.ZodString
>;

/** A locale is written nested (`start:` above `welcome:`) and checked flat (`start.welcome`). */
const schema: z.ZodType<Locale> = z.preprocess(
  (nested) => (isGroup(nested) ? Object.fromEntries(flatten(nested, "")) : nested),
  z.strictObject(shape),
);

function sentence(maxLength = MAX_MESSAGE_LENGTH): z.ZodString {
  return z.string().trim().min(1).max(maxLength);
}

/** Reads and checks `locales/<language>.yaml` of every language; those with mistakes are left out. */
export async function loadLocales(
  folder: ContentFolder,
  languages: readonly string[],
  defaultLanguage: string | undefined,
  mistakes: Mistake[],
): Promise<Map<string, Locale>> {
  const expected = languages.map((language) => `${language}.yaml`);
  for (const name of await folder.list("locales")) {
    if (expected.includes(name)) continue;
    const text = `belongs to no language of bot.yaml; the files here are ${expected.join(", ")}`;
    mistakes.push({ file: `locales/${name}`, text });
  }
  const files = new Map<string, YamlFile<Locale>>();
  for (const language of languages) {
    const file = await folder.read(`locales/${language}.yaml`);
    const locale = file && parseYaml(file, schema, mistakes);
    if (locale) files.set(language, locale);
  }
  const model = files.get(defaultLanguage ?? "");
  for (const file of files.values()) mistakes.push(...checkPlaceholders(file, model));
  return new Map([...files].map(([language, { value }]) => [language, value]));
}

/** A sentence may use what the program fills in, and each translation must use what the default language uses. */
function checkPlaceholders(file: YamlFile<Locale>, model: YamlFile<Locale> | undefined): Mistake[] {
  return TEXT_KEYS.flatMap((key) => {
    const used = placeholders(file.value[key]);
    const offered = textRule(key).placeholders ?? [];
    const wanted = model ? placeholders(model.value[key]) : [];
    const line = file.lineOf([key]);
    const unknown = used.filter((name) => !offered.includes(name));
    const missing = wanted.filter((name) => offered.includes(name) && !used.includes(name));
    const extra = model ? used.filter((name) => offered.includes(name) && !wanted.includes(name)) : [];
    return [
      ...unknown.map((name) => `"${key}" cannot fill in {{${name}}}; ${choice(offered)}`),
      ...missing.map((name) => `"${key}" lacks {{${name}}}, which ${model?.path} has; add it`),
      ...extra.map((name) => `"${key}" has {{${name}}}, which ${model?.path} lacks; make them alike`),
    ].map((text) => ({ file: file.path, line, text }));
  });
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
