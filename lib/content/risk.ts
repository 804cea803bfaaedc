import * as z from "zod";
import { LINES, type RiskRule, type RiskWords } from "../risk/index.ts";
import type { ContentFolder } from "./files/content-folder.ts";
import { reportStrayFiles } from "./files/language-files.ts";
import type { Mistake } from "./files/mistakes.ts";
import { parseYaml, type YamlFile } from "./files/yaml-file.ts";
import { checkGroups, phrase, unknownGroups, wordGroups } from "./phrases.ts";

/** Telegram's limit for a message, in UTF-16 units. */
const MAX_HELP_LENGTH = 4096;

const PLACEHOLDER = /\{\{\s*(.*?)\s*\}\}/gs;

const line = z.string().trim().min(1);

const schema = z.strictObject({
  words: wordGroups,
  unless: z.array(phrase).default([]),
  numbers: z.record(z.string(), z.number().int().nonnegative()).default({}),
  spellings: z.record(z.string(), line).default({}),
  contacts: z.record(z.string(), z.union([line, z.number().transform(String)])).default({}),
  rules: z
    .array(
      z.strictObject({
        id: line.regex(/^[a-z][a-z0-9-]{0,31}$/, "is no id; use small letters, digits and hyphens"),
        phrases: z.array(phrase).min(1),
        not: z.array(phrase).default([]),
        help: line,
        in_public: line.optional(),
        lines: z.array(z.strictObject({ when: z.array(phrase).min(1), text: line })).default([]),
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
  if ((await folder.list("risk")).length === 0) return [];
  await reportStrayFiles(folder, "risk", { languages, extension: ".yaml" }, mistakes);
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
  const wrong = value.rules.flatMap((rule, index) => {
    const at = (key: string, text: string): Mistake => ({
      file: path,
      line: lineOf(["rules", index, key]),
      text,
    });
    const { id, help, in_public: inPublic = "", lines } = rule;
    const texts = [help.replace(LINES, ""), ...lines.map(({ text }) => text)];
    const unknown = [...texts, inPublic]
      .flatMap((text) => [...text.matchAll(PLACEHOLDER)])
      .filter(([, name = ""]) => !Object.hasOwn(value.contacts, name));
    const fullLength = fillIn(texts.join("\n"), value.contacts).length;
    return [
      ...(own.indexOf(id) < index ? [at("id", `"${id}" is there twice; give each rule its own id`)] : []),
      ...unknown.map(([, name = ""]) => at("help", `"help" uses {{${name}}}; add "${name}" to the contacts`)),
      ...(lines.length > 0 && !help.includes(LINES)
        ? [at("lines", `"lines" have no place in "help"; write ${LINES} where they go`)]
        : []),
      ...(fullLength > MAX_HELP_LENGTH
        ? [at("help", `"help" is too long; use at most ${MAX_HELP_LENGTH} characters`)]
        : []),
      ...unknownGroups(phrasesOf(rule), value.words).map((name) => at("phrases", unknownGroup(name))),
    ];
  });
  const wrongUnless = unknownGroups(value.unless, value.words).map((name) => ({
    file: path,
    line: lineOf(["unless"]),
    text: unknownGroup(name),
  }));
  return [...missing, ...checkGroups({ path, value, lineOf }), ...wrongUnless, ...wrong];
}

function unknownGroup(name: string): string {
  return `uses <${name}>, which is no group of "words"; add it or correct the name`;
}

function phrasesOf({ phrases, not, lines }: RiskFile["rules"][number]): string[] {
  return [...phrases, ...not, ...lines.flatMap(({ when }) => when)];
}

function wordsFor(id: string, files: ReadonlyMap<string, YamlFile<RiskFile>>): [string, RiskWords][] {
  return [...files].flatMap(([language, { value }]): [string, RiskWords][] => {
    const rule = value.rules.find((candidate) => candidate.id === id);
    if (!rule) return [];
    const fill = (text: string) => fillIn(text, value.contacts);
    const lines = rule.lines.map(({ when, text }) => ({ when, text: fill(text) }));
    const words = {
      phrases: rule.phrases,
      not: rule.not,
      help: fill(rule.help),
      ...(rule.in_public === undefined ? {} : { publicHelp: fill(rule.in_public) }),
      ...(lines.length > 0 ? { lines } : {}),
      ...(value.unless.length > 0 ? { unless: value.unless } : {}),
      ...(Object.keys(value.words).length > 0 ? { groups: value.words } : {}),
      ...(Object.keys(value.numbers).length > 0 ? { numbers: value.numbers } : {}),
      ...(Object.keys(value.spellings).length > 0 ? { spellings: value.spellings } : {}),
    };
    return [[language, words]];
  });
}

function fillIn(help: string, contacts: Readonly<Record<string, string>>): string {
  return help.replaceAll(PLACEHOLDER, (whole, name: string) =>
    whole === LINES ? whole : (contacts[name] ?? ""),
  );
}
