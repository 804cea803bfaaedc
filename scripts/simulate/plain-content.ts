import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";

/** More than any simulated person asks. */
const NEVER = 100_000;

export interface PlainContentOptions {
  /** Whether the sample's limits are kept. */
  hasLimits?: boolean;
  /** The pages of the library to keep, by id, for a faster start; all if left out. */
  pages?: readonly string[];
}

/**
 * Copies the sample content to a folder for a bot that only answers: it starts no guide and asks for no rating. Unless
 * the sample's limits are kept, it has none, so that every message it sends is the answer to a question. Its library is
 * in English only, which is indexed in half the time: a simulation may start a bot many times.
 */
export async function copyPlainContent(
  folder: string,
  { hasLimits = false, pages }: PlainContentOptions = {},
): Promise<void> {
  await cp("content", folder, { recursive: true, dereference: true });
  for (const library of ["knowledge/fr", "unanswered/fr.txt"]) {
    await rm(join(folder, library), { recursive: true, force: true });
  }
  if (pages) await keepPages(join(folder, "knowledge/en"), pages);
  const path = join(folder, "bot.yaml");
  const settings = parseDocument(await readFile(path, "utf8"));
  settings.delete("onboarding");
  settings.setIn(["feedback", "milestones"], [NEVER]);
  if (!hasLimits) {
    settings.setIn(["limits", "messages_per_minute"], 1_000);
    settings.setIn(["limits", "questions_per_day"], NEVER);
  }
  await writeFile(path, settings.toString());
}

async function keepPages(folder: string, pages: readonly string[]): Promise<void> {
  const kept = new Set(pages.map((page) => `${page}.md`));
  for (const name of await readdir(folder)) if (!kept.has(name)) await rm(join(folder, name));
}
