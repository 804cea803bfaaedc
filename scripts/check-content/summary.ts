import { readdir, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import {
  type Content,
  describeMistake,
  type MediaItem,
  type Mistake,
  TEXT_KEYS,
  type Topic,
} from "../../lib/content/index.ts";

/** A file of the media folder. */
export interface MediaFile {
  /** Relative to the folder, with `/`. */
  path: string;
  sizeBytes: number;
}

/** The files in the media folder, except hidden and Markdown files; none when the folder does not exist. */
export async function listMedia(folder: string): Promise<MediaFile[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const files = await Promise.all(
    names
      .filter((name) => !name.split(sep).some((part) => part.startsWith(".")) && !name.endsWith(".md"))
      .map(async (name) => ({
        path: name.replaceAll(sep, "/"),
        stats: await stat(join(folder, name)),
      })),
  );
  return files
    .filter(({ stats }) => stats.isFile())
    .map(({ path, stats }) => ({ path, sizeBytes: stats.size }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** The warnings, one per line; nothing when there are none. */
export function listWarnings(warnings: readonly Mistake[]): string {
  if (warnings.length === 0) return "";
  const lines = warnings.map((warning) => `  ${describeMistake(warning)}`);
  return `\n${count(warnings.length, "warning", "warnings")}:\n${lines.join("\n")}\n`;
}

/** A summary of content without mistakes, for a terminal. */
export function summarise(content: Content, media: readonly MediaFile[]): string {
  const { languages, defaultLanguage } = content.bot;
  const flows = Object.values(content.flows);
  const used = usedMedia(content);
  const usedBytes = media.filter(({ path }) => used.has(path)).reduce((sum, file) => sum + file.sizeBytes, 0);
  const unused = media.filter(({ path }) => !used.has(path)).map(({ path }) => path);
  const named = languages.map((code) => (code === defaultLanguage ? `${code} (default)` : code));
  const pages = languages.map((code) => `${pagesIn(content, code)} in ${code}`);
  const lines = [
    row("languages", named.join(", ")),
    row("sentences", `${TEXT_KEYS.length} in each language`),
    row("library", `pages: ${pages.join(", ")}`),
    row("rules", count(content.risks.length, "danger to look for", "dangers to look for")),
    row("flows", String(flows.length)),
    ...flows.map(({ id, title, nodes }) =>
      entry(id, count(Object.keys(nodes).length, "step", "steps"), content.say(title, defaultLanguage)),
    ),
    row(
      "topics",
      `${content.topics.length}, with ${count(questionsIn(content.topics), "question", "questions")}`,
    ),
    ...content.topics.map((topic) =>
      entry(
        topic.id,
        count(questionsIn([topic]), "question", "questions"),
        content.say(topic.title, defaultLanguage),
      ),
    ),
    row("media", `${count(used.size, "file", "files")}, ${(usedBytes / 1024 / 1024).toFixed(1)} MB`),
    ...(unused.length > 0 ? [row("unused", unused.join(", "))] : []),
  ];
  return `The content has no mistakes.\n\n${lines.join("\n")}\n`;
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(11)}${text}`;
}

function entry(id: string, size: string, title: string): string {
  return `    ${id.padEnd(17)}${size.padEnd(15)}${title}`;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

function pagesIn({ passages }: Content, language: string): number {
  return new Set(passages.filter((passage) => passage.language === language).map(({ pageId }) => pageId))
    .size;
}

function questionsIn(topics: readonly Topic[]): number {
  return topics.reduce((sum, topic) => sum + topic.entries.length + questionsIn(topic.topics), 0);
}

/** The paths of the files used by flows and topics. */
function usedMedia({ flows, topics }: Content): Set<string> {
  const items = [
    ...Object.values(flows).flatMap(({ nodes }) =>
      Object.values(nodes).flatMap((node) => ("media" in node ? node.media : [])),
    ),
    ...topics.flatMap(mediaOf),
  ];
  return new Set(items.map(({ file }) => file.mediaPath));
}

function mediaOf({ entries, topics }: Topic): MediaItem[] {
  return [...entries.flatMap(({ media }) => media), ...topics.flatMap(mediaOf)];
}
