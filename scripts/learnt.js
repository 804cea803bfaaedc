// What the bot learns from the sample content takes seconds of CPU time: it is learnt when the program is built, so that
// already the first question after a start finds it. A bot with other content learns at its first start, beside its work.
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { LEARN_BUNDLE, LEARNT_FOLDER } from "./bundle.js";

const PROGRAM = `${LEARN_BUNDLE.outdir}/learn.js`;
const STAMP = `${LEARNT_FOLDER}/learnt-from`;

/** Learns again when the content or the program that learns has changed since. */
export async function learnFromContent() {
  if (!existsSync(PROGRAM) || !existsSync("content")) return;
  const stamp = stampOf("content");
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === stamp) return;
  process.stderr.write("Learning from the content, once for each change of it.\n");
  const { learn } = await import(pathToFileURL(PROGRAM).href);
  try {
    await learn("content", LEARNT_FOLDER);
    // It holds nothing but content: in a container the bot's user is another than the builder.
    chmodSync(LEARNT_FOLDER, 0o755);
    for (const name of readdirSync(LEARNT_FOLDER)) chmodSync(`${LEARNT_FOLDER}/${name}`, 0o644);
  } catch {
    return; // the content has mistakes, which the start names
  }
  writeFileSync(STAMP, stamp);
}

/** @param {string} folder */
function stampOf(folder) {
  const hash = createHash("sha256").update(readFileSync(PROGRAM));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  for (const { parentPath, name } of files) hash.update(name).update(readFileSync(`${parentPath}/${name}`));
  return hash.digest("hex");
}
