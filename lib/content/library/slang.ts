import * as z from "zod";
import type { ContentFolder } from "../files/content-folder.ts";
import type { Mistake } from "../files/mistakes.ts";
import { parseYaml } from "../files/yaml-file.ts";

/** What wordings of people mean, by the wording in small letters: `preggers` → `pregnant`. */
export type Slang = ReadonlyMap<string, string>;

const line = z.string().trim().min(1).max(60);
const schema = z.strictObject({ words: z.record(line, z.array(line)) });

/** Reads `slang/<language>.yaml`, which may be missing. */
export async function loadSlang(
  folder: ContentFolder,
  language: string,
  mistakes: Mistake[],
): Promise<Slang> {
  const name = `${language}.yaml`;
  if (!(await folder.list("slang")).includes(name)) return new Map();
  const file = await folder.read(`slang/${name}`);
  const parsed = file && parseYaml(file, schema, mistakes);
  if (!parsed) return new Map();
  const slang = new Map<string, string>();
  for (const [meant, wordings] of Object.entries(parsed.value.words)) {
    for (const wording of wordings) {
      const key = wording.toLowerCase();
      const other = slang.get(key);
      if (other !== undefined) {
        const text = `"${wording}" means "${other}" and "${meant}"; keep it in one place`;
        mistakes.push({ file: parsed.path, line: parsed.lineOf(["words", meant]), text });
      }
      slang.set(key, meant);
    }
  }
  return slang;
}
