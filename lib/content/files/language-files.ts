import type { ContentFolder } from "./content-folder.ts";
import type { Mistake } from "./mistakes.ts";

/**
 * Reports what a folder holds beside a file or a folder for each language, such as `slang/english.yaml`, which nothing
 * would read.
 * @param extension of the files, such as `.yaml`; empty for folders
 */
export async function reportStrayFiles(
  folder: ContentFolder,
  path: string,
  { languages, extension }: { languages: readonly string[]; extension: string },
  mistakes: Mistake[],
): Promise<void> {
  const expected = languages.map((language) => `${language}${extension}`);
  const kind = extension === "" ? "folders" : "files";
  for (const name of await folder.list(path)) {
    if (expected.includes(name)) continue;
    const text = `belongs to no language of bot.yaml; the ${kind} here are ${expected.join(", ")}`;
    mistakes.push({ file: `${path}/${name}`, text });
  }
}
