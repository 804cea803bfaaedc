import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { contentError, type Mistake } from "../../lib/content/files/mistakes.ts";
import { loadFlows } from "../../lib/content/flows/load-flows.ts";
import { type Content, loadContent } from "../../lib/content/index.ts";
import { loadTopics } from "../../lib/content/topics/load-topics.ts";
import { OperatorError } from "../../lib/core/index.ts";
import { folderOf, type RandomFiles } from "../support/random-content.ts";

/** The sample helpline of the repository. */
export const SAMPLE = "content";

/** A change of a file: its new text or bytes, a function of the sample's text, or null to delete it. */
export type Change = string | Uint8Array | ((text: string) => string) | null;

const FILES: Record<string, string> = {
  "knowledge/en/condoms.md": "# Condoms\n\nA condom protects.\n",
  "knowledge/fr/condoms.md": "# Préservatifs\n\nUn préservatif protège.\n",
  "flows/welcome.yaml": "title: { en: Hello, fr: Bonjour }\nsteps:\n  bye: { end: true }\n",
};

/**
 * Loads the sample's settings and locales, with one short page in each language and a minimal flow, after applying
 * `changes`. Files under `media/` make up the media folder.
 */
export async function loadChanged(
  changes: Record<string, Change>,
  onMistake = (message: string): void => {
    throw new Error(message);
  },
): Promise<Content> {
  return await withFolder(changes, (folder) =>
    loadContent(folder, { mediaFolder: join(folder, "media"), onMistake }),
  );
}

/** Runs `use` with the folder of a changed sample, which is deleted afterwards. */
export async function withFolder<T>(
  changes: Record<string, Change>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "helpline-content-"));
  try {
    const files: Record<string, Change> = { ...FILES };
    for (const path of ["bot.yaml", "locales/en.yaml", "locales/fr.yaml"]) {
      files[path] = await readFile(join(SAMPLE, path), "utf8");
    }
    for (const [path, change] of Object.entries(changes)) {
      const present = files[path];
      files[path] = typeof change === "function" ? change(String(present)) : change;
    }
    for (const [path, text] of Object.entries(files)) {
      if (text === null || typeof text === "function") continue;
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The mistakes in changed content, as printed for the operator. */
export async function mistakesOf(changes: Record<string, Change>): Promise<string[]> {
  return await linesOf(loadChanged(changes));
}

/** The same for files in `flows` and `faq`, without loading the rest, which is much faster. */
export async function guideMistakesOf(files: RandomFiles): Promise<string[]> {
  return await linesOf(loadGuides(files));
}

/** Loads flows and topics, in English and French, with a minimal flow; media are not checked. */
export async function loadGuides(files: RandomFiles): Promise<Pick<Content, "flows" | "topics">> {
  const mistakes: Mistake[] = [];
  const folder = folderOf({ "flows/welcome.yaml": String(FILES["flows/welcome.yaml"]), ...files });
  const languages = ["en", "fr"];
  const media = { findMistake: async () => null };
  const { topics, ids: topicIds } = await loadTopics(folder, languages, media, mistakes);
  const flows = await loadFlows(folder, { languages, topics, topicIds, media }, mistakes);
  if (mistakes.length > 0) throw contentError("content", mistakes);
  return { flows, topics };
}

async function linesOf(loading: Promise<unknown>): Promise<string[]> {
  const error = await loading.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(OperatorError);
  return (error as OperatorError).message
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}

/** Replaces a text in a file of the sample; fails when it is not there. */
export function replace(search: string, replacement: string): Change {
  return (text) => {
    expect(text).to.include(search);
    return text.replace(search, () => replacement);
  };
}

/** The place of a text in a file of the sample, as printed for the operator: "locales/fr.yaml, line 7". */
export function place(path: string, search: string): string {
  const before = readFileSync(join(SAMPLE, path), "utf8").split(search)[0];
  return `${path}, line ${String(before).split("\n").length}`;
}
