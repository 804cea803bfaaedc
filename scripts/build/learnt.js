// What the bot learns from the sample content takes seconds of CPU time: it is learnt when the program is built, so that
// already the first question after a start finds it. A bot with other content learns at its first start, beside its work.
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { LEARN_BUNDLE, LEARNT_FOLDER } from "./bundle.js";

const CONTENT = "content";
const MEDIA = "media";
const PROGRAM = `${LEARN_BUNDLE.outdir}/learn.js`;
const STAMP = `${LEARNT_FOLDER}/learnt-from`;

/** Identifies the code that reads the content and learns from it. */
export function contentReader() {
  return existsSync(PROGRAM) ? createHash("sha256").update(readFileSync(PROGRAM)).digest("hex") : "";
}

/**
 * Learns again when the content or the program that learns has changed since.
 * @param {{ isForStart: boolean }} options whether the bot is about to start: then it learns itself what has changed
 */
export async function learnFromContent({ isForStart }) {
  if (!existsSync(PROGRAM) || !existsSync(CONTENT)) return;
  if (isForStart && existsSync(STAMP)) return;
  const stamp = stampOf(CONTENT);
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === stamp) return;
  process.stderr.write("Learning from the sample content, which takes some seconds.\n");
  const { learn } = await import(pathToFileURL(PROGRAM).href);
  try {
    await learn({ content: CONTENT, media: MEDIA, reader: contentReader() }, LEARNT_FOLDER);
    shareWithReadersOf(CONTENT);
    writeFileSync(STAMP, stamp);
  } catch (error) {
    process.stderr.write(`The bot will learn from the content when it runs: ${String(error)}\n`);
  }
}

/**
 * Lets those read what was learnt who may read the content it is made of: in a container the bot's user is another than
 * the builder.
 * @param {string} content
 */
function shareWithReadersOf(content) {
  const readers = statSync(content).mode & 0o044;
  chmodSync(LEARNT_FOLDER, 0o700 | readers | (readers >> 2));
  for (const name of readdirSync(LEARNT_FOLDER)) {
    if (name.endsWith(".index")) chmodSync(join(LEARNT_FOLDER, name), 0o600 | readers);
  }
}

/**
 * The paths of all files of a folder, in order; none when there is no such folder.
 * @param {string} folder
 */
function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
}

/** @param {string} folder */
function stampOf(folder) {
  const hash = createHash("sha256").update(contentReader());
  for (const path of filesIn(MEDIA)) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size} ${Math.floor(mtimeMs / 1000)}\0`);
  }
  for (const path of filesIn(folder)) {
    const text = readFileSync(path);
    hash.update(`${relative(folder, path)}\0${text.length}\0`).update(text);
  }
  return hash.digest("hex");
}
