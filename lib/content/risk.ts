import * as z from "zod";
import type { RiskRule, RiskWords } from "../risk/index.ts";
import type { ContentFolder } from "./files/content-folder.ts";
import type { Mistake } from "./files/mistakes.ts";
import { parseYaml, type YamlFile } from "./files/yaml-file.ts";

/** Telegram's limit for a message, in UTF-16 units. */
const MAX_HELP_LENGTH = 4096;

const PLACEHOLDER = /\{\{\s*(.*?)\s*\}\}/gs;

const line = z.string().trim().min(1);

/** A phrase to look for. `...` or `*` alone would match every message. */
const phrase = line
  .max(400)
  .refine((text) => /[\p{L}\p{N}]{2}/u.test(text), 'names no word; write some, such as "kill myself"')
  .refine(
    (text) => !/^(?:\.\.\.|…)|(?:\.\.\.|…)$/.test(text),
    'must begin and end with a word, not with "..."',
  )
  .refine(
    (text) => text.split(/\s+/).every((item) => !item.includes("*") || /[\p{L}\p{N}]{2}/u.test(item)),
    'has a "*" that stands for any word; write "..." for that',
  );

const schema = z.strictObject({
  contacts: z.record(z.string(), z.union([line, z.number().transform(String)])).default({}),
  rules: z
    .array(
      z.strictObject({
        id: line.regex(/^[a-z][a-z0-9-]{0,31}$/, "is no id; use small letters, digits and hyphens"),
        phrases: z.array(phrase).min(1),
        not: z.array(phrase).default([]),
        help: line,
      }),
    )
    .min(1),
});

type RiskFile = z.infer<typeof schema>;

/** Reads `risk/<language>.yaml` for every language. All of the files must exist, or none. */
export async function loadRisks(
  folder: ContentFolder,
  languages: readonly string[],
  mistakes: Mistake[],
): Promise<RiskRule[]> {
  const names = await folder.list("risk");
  if (names.length === 0) return [];
  const expected = languages.map((language) => `${language}.yaml`);
  for (const name of names.filter((other) => !expected.includes(other))) {
    const text = `belongs to no language of bot.yaml; the files here are ${expected.join(", ")}`;
    mistakes.push({ file: `risk/${name}`, text });
  }
  const files = new Map<string, YamlFile<RiskFile>>();
  for (const language of languages) {
    const file = await folder.read(`risk/${language}.yaml`);
    const parsed = file && parseYaml(file, schema, mistakes);
    if (parsed) files.set(language, parsed);
  }
  const ids = [...new Set([...files.values()].flatMap(({ value }) => value.rules.map(({ id }) => id)))];
  for (const file of files.values()) mistakes.push(...checkRules(file, ids));
  return ids.map((id) => ({ id, languages: Object.fromEntries(wordsFor(id, files)) }));
}

function checkRules({ path, value, lineOf }: YamlFile<RiskFile>, ids: readonly string[]): Mistake[] {
  const own = value.rules.map(({ id }) => id);
  const missing = ids
    .filter((id) => !own.includes(id))
    .map((id) => ({ file: path, text: `lacks the rule "${id}", which another language has; add it` }));
  const wrong = value.rules.flatMap(({ id, help }, index) => {
    const at = (key: string, text: string): Mistake => ({
      file: path,
      line: lineOf(["rules", index, key]),
      text,
    });
    const unknown = [...help.matchAll(PLACEHOLDER)].filter(
      ([, name = ""]) => !Object.hasOwn(value.contacts, name),
    );
    const isTooLong = fillIn(help, value.contacts).length > MAX_HELP_LENGTH;
    return [
      ...(own.indexOf(id) < index ? [at("id", `"${id}" is there twice; give each rule its own id`)] : []),
      ...unknown.map(([, name = ""]) => at("help", `"help" uses {{${name}}}; add "${name}" to the contacts`)),
      ...(isTooLong ? [at("help", `"help" is too long; use at most ${MAX_HELP_LENGTH} characters`)] : []),
    ];
  });
  return [...missing, ...wrong];
}

function wordsFor(id: string, files: ReadonlyMap<string, YamlFile<RiskFile>>): [string, RiskWords][] {
  return [...files].flatMap(([language, { value }]): [string, RiskWords][] => {
    const rule = value.rules.find((candidate) => candidate.id === id);
    if (!rule) return [];
    const { phrases, not, help } = rule;
    return [[language, { phrases, not, help: fillIn(help, value.contacts) }]];
  });
}

function fillIn(help: string, contacts: Readonly<Record<string, string>>): string {
  return help.replaceAll(PLACEHOLDER, (_all, name: string) => contacts[name] ?? "");
}
