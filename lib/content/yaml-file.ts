import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";
import type { z } from "zod";
import type { ContentFile } from "./content-folder.ts";
import type { Mistake } from "./mistakes.ts";

/** A checked YAML file. */
export interface YamlFile<T> {
  path: string;
  value: T;
  /** The line of a key or entry, or of the nearest thing around it that is there. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** Reads and checks a YAML file; null when it has mistakes, which are then in the list. */
export function parseYaml<T>(
  file: ContentFile,
  schema: z.ZodType<T>,
  mistakes: Mistake[],
): YamlFile<T> | null {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false });
  const syntaxError = findSyntaxError(document);
  if (syntaxError) {
    const { line } = lines.linePos(syntaxError.offset);
    mistakes.push({
      file: file.path,
      line,
      text: `is not valid YAML: ${syntaxError.message}. ${QUOTES_HINT}`,
    });
    return null;
  }
  const lineOf = (path: readonly PropertyKey[]): number => lines.linePos(offsetOf(document, path)).line;
  const parsed = schema.safeParse(document.toJS(), { reportInput: true });
  if (parsed.success) return { path: file.path, value: parsed.data, lineOf };
  for (const issue of parsed.error.issues) {
    for (const { path, text } of describe(issue))
      mistakes.push({ file: file.path, line: lineOf(path), text });
  }
  return null;
}

const QUOTES_HINT = `Check the indentation, and put a text in quotes when it holds ": " or begins with a sign such as * or {`;

/** The first thing that is wrong with the writing; what follows it usually comes from it. */
function findSyntaxError(document: Document.Parsed): { offset: number; message: string } | null {
  const [error] = [...document.errors, ...document.warnings];
  if (error) return { offset: error.pos[0], message: error.message };
  let reference: { offset: number; message: string } | null = null;
  visit(document, {
    Node(_key, node) {
      if (!isAlias(node) && !node.anchor) return undefined;
      // Almost always a text such as "**Note**" without quotes, of which YAML would swallow a part.
      reference = { offset: startOf(node) ?? 0, message: "A text cannot begin with * or & here" };
      return visit.BREAK;
    },
  });
  return reference;
}

function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  let offset = 0;
  let node: unknown = document.contents;
  // A dotted step, as in locales, stands for nested keys.
  for (const step of path.flatMap((part) => String(part).split("."))) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (!pair) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

/** zod's findings in words that help somebody who does not program. */
function describe(issue: z.core.$ZodIssue): { path: PropertyKey[]; text: string }[] {
  const name = issue.path.length > 0 ? `"${issue.path.join(".")}"` : "the file";
  const one = (text: string) => [{ path: issue.path, text }];
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === null && issue.path.length === 0) return one("is empty; fill it in");
      if (issue.input === undefined || issue.input === null) return one(`${name} is missing; add it`);
      return one(`${name} must be ${KINDS[issue.expected] ?? issue.expected}`);
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: [...issue.path, key],
        text: `"${[...issue.path, key].join(".")}" is unknown; correct its spelling or remove it`,
      }));
    case "too_small":
      return one(`${name} is empty; fill it in`);
    case "too_big": {
      const unit = issue.origin === "string" ? "characters" : "entries";
      return one(`${name} is too long; use at most ${issue.maximum} ${unit}`);
    }
    default:
      return one(`${name} ${issue.message}`);
  }
}

const KINDS: Record<string, string> = {
  string: "a text; put it in quotes",
  array: 'a list; begin each entry with "- "',
  object: 'a group of "name: value" lines',
  record: 'a group of "name: value" lines',
};
