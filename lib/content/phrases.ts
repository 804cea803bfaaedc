import * as z from "zod";
import type { Mistake } from "./files/mistakes.ts";
import type { YamlFile } from "./files/yaml-file.ts";

/** Phrases that a message is searched for, and the groups of words they may use. */

const line = z.string().trim().min(1);

/** A phrase to look for. `...` or `*` alone would match every message. */
export const phrase = line
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

const GROUP_NAME = /^[a-z][a-z-]{0,31}$/;
/** `<family>` in a phrase; `<9-13>` is a number. */
const GROUP = /<([a-z][a-z-]*)>/g;

/** Groups of words by name: `family: [dad, mum, <grandparent>]`. */
export const wordGroups = z
  .record(z.string().regex(GROUP_NAME, "is no name of a group; use small letters and hyphens"), z.array(line))
  .default({});

export type WordGroups = z.infer<typeof wordGroups>;

/** Groups may use those above them, so that no group contains itself. */
export function checkGroups({
  path,
  value,
  lineOf,
}: Pick<YamlFile<{ words: WordGroups }>, "path" | "value" | "lineOf">): Mistake[] {
  const names = Object.keys(value.words);
  return Object.entries(value.words).flatMap(([name, choices], index) =>
    groupsIn(choices)
      .filter((used) => !names.slice(0, index).includes(used))
      .map((used) => ({
        file: path,
        line: lineOf(["words", name]),
        text: `"${name}" uses <${used}>, which is no group above it`,
      })),
  );
}

/** The groups that phrases use but that do not exist. */
export function unknownGroups(phrases: readonly string[], groups: WordGroups): string[] {
  return [...new Set(groupsIn(phrases))].filter((name) => !Object.hasOwn(groups, name));
}

function groupsIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => [...text.matchAll(GROUP)].map(([, name = ""]) => name));
}

/** Each group as alternatives for a phrase: `dad/step-dad`. */
export function expandGroups(groups: WordGroups): ReadonlyMap<string, string> {
  const expanded = new Map<string, string>();
  for (const [name, choices] of Object.entries(groups)) {
    const alternatives = choices.map((choice) => expandPhrase(choice, expanded).replaceAll(/\s+/g, "-"));
    expanded.set(name, alternatives.join("/"));
  }
  return expanded;
}

export function expandPhrase(text: string, groups: ReadonlyMap<string, string>): string {
  return text.replaceAll(GROUP, (whole, name: string) => groups.get(name) ?? whole);
}
