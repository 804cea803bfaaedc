import * as z from "zod";
import type { ContentFolder } from "../files/content-folder.ts";
import type { Mistake } from "../files/mistakes.ts";
import { parseYaml } from "../files/yaml-file.ts";
import {
  checkGroups,
  expandGroups,
  expandPhrase,
  phrase,
  unknownGroups,
  type WordGroups,
  wordGroups,
} from "../phrases.ts";

/** What the pages of a language share for the signs of emergencies. */
export interface SignWords {
  /** Groups of words that signs may use. */
  groups: WordGroups;
  /** The same groups, expanded to alternatives as `expandPhrase` takes them. */
  alternatives: ReadonlyMap<string, string>;
  /** Phrases that are taken out of a message before signs are looked for. */
  not: readonly string[];
}

const schema = z.strictObject({ words: wordGroups, not: z.array(phrase).default([]) });

/** Reads `signs/<language>.yaml`, which may be missing. */
export async function loadSignWords(
  folder: ContentFolder,
  language: string,
  mistakes: Mistake[],
): Promise<SignWords> {
  const none = { groups: {}, alternatives: new Map<string, string>(), not: [] };
  const name = `${language}.yaml`;
  if (!(await folder.list("signs")).includes(name)) return none;
  const file = await folder.read(`signs/${name}`);
  const parsed = file && parseYaml(file, schema, mistakes);
  if (!parsed) return none;
  mistakes.push(...checkGroups(parsed));
  const { words: groups, not } = parsed.value;
  for (const unknown of unknownGroups(not, groups)) {
    const text = `uses <${unknown}>, which is no group of "words"; add it or correct the name`;
    mistakes.push({ file: parsed.path, line: parsed.lineOf(["not"]), text });
  }
  const alternatives = expandGroups(groups);
  return { groups, alternatives, not: not.map((text) => expandPhrase(text, alternatives)) };
}
