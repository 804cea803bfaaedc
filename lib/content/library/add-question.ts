import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, OperatorError } from "../../core/index.ts";
import { FRONT_MATTER } from "./front-matter.ts";

const UNANSWERED = "unanswered";

/**
 * Adds an example question to a page (`en/condoms`), or to those that no page answers (`unanswered/en`).
 * @returns the path of the changed file
 * @throws OperatorError when there is no such page
 */
export async function addQuestion(folder: string, target: string, question: string): Promise<string> {
  const text = question.trim().replaceAll(/\s+/g, " ");
  if (text === "") throw new OperatorError("The question is empty.", { code: "NO_QUESTION" });
  if (!/^[a-z][a-z-]*\/[a-z0-9-]+$/i.test(target)) throw noSuchPage(target);
  const [area, name = ""] = target.split("/");
  if (area === UNANSWERED) return await change(join(folder, UNANSWERED, `${name}.txt`), target, asLine(text));
  return await change(join(folder, "knowledge", `${target}.md`), target, asExample(text));
}

async function change(path: string, target: string, add: (file: string) => string): Promise<string> {
  const file = await readFile(path, "utf8").catch((error: unknown) => {
    throw errorCode(error) === "ENOENT" ? noSuchPage(target) : error;
  });
  await writeFile(path, add(file));
  return path;
}

const asLine =
  (question: string) =>
  (file: string): string =>
    `${file.trimEnd()}\n${question}\n`;

/** Puts the question first in the page's `questions:`, which is made when there is none. */
const asExample =
  (question: string) =>
  (file: string): string => {
    const line = `  - ${JSON.stringify(question)}\n`;
    const [frontMatter] = FRONT_MATTER.exec(file) ?? [];
    if (frontMatter === undefined) return `---\nquestions:\n${line}---\n${file}`;
    const rest = file.slice(frontMatter.length);
    const heading = /^questions:[ \t]*\n/m;
    const changed = heading.test(frontMatter)
      ? frontMatter.replace(heading, (found) => `${found}${line}`)
      : frontMatter.replace(/---[ \t]*\n?$/, (end) => `questions:\n${line}${end}`);
    return changed + rest;
  };

function noSuchPage(target: string): OperatorError {
  const problem = `There is no ${target}: name a page such as en/condoms, or unanswered/en.`;
  return new OperatorError(problem, { code: "NO_SUCH_PAGE" });
}
