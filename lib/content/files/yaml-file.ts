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
import type * as z from "zod";
import type { ContentFile } from "./content-folder.ts";
import type { Mistake } from "./mistakes.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import { describeIssue } from "./yaml-mistakes.ts";

/** A place in a YAML file: the keys and list positions that lead to it. */
export type YamlPath = readonly PropertyKey[];

/** A well-formed YAML file. */
export interface YamlDocument {
  path: string;
  /** Parses the value at a place; null when it has mistakes, which are then reported. */
  check<T>(place: YamlPath, schema: z.ZodType<T>): T | null;
  /** The unparsed value at a place, or `undefined`. */
  at(place: YamlPath): unknown;
  /** The line of a key or entry, or of its closest existing parent. */
  lineOf(place: YamlPath): number;
  /** Reports a mistake at a place; `text` is the end of a sentence that begins with the place's name. */
  refuse(place: YamlPath, text: string): void;
}

/** A YAML file that matches its schema. */
export interface YamlFile<T> {
  path: string;
  value: T;
  lineOf(place: YamlPath): number;
}

/** Reads and checks a YAML file; null when it has mistakes, which are then added to the list. */
export function parseYaml<T>(
  file: ContentFile,
  schema: z.ZodType<T>,
  mistakes: Mistake[],
): YamlFile<T> | null {
  const document = openYaml(file, mistakes);
  const value = document?.check([], schema) ?? null;
  return document && value !== null ? { path: file.path, value, lineOf: document.lineOf } : null;
}

/** Reads a YAML file; null when it is not well-formed, which is then added to the mistakes. */
export function openYaml(file: ContentFile, mistakes: Mistake[]): YamlDocument | null {
  const plain = readPlainYaml(file.text);
  let located: LocatedYaml | undefined = plain ? undefined : locateYaml(file.text);
  const locate = (): LocatedYaml => (located ??= locateYaml(file.text));
  if (located?.syntaxError) {
    const { line, message } = located.syntaxError;
    const text = `is not valid YAML: ${message}. ${QUOTES_HINT}`;
    mistakes.push({ file: file.path, line, text, isUnreadable: true });
    return null;
  }
  const content: unknown = plain ? plain.value : locate().document.toJS();
  const lineOf = (place: YamlPath): number => locate().lineOf(place);
  const at = (place: YamlPath): unknown =>
    place.reduce<unknown>((value, step) => childOf(value, step), content);
  return {
    path: file.path,
    at,
    lineOf,
    refuse(place, text) {
      mistakes.push({ file: file.path, line: lineOf(place), text: `"${place.join(".")}" ${text}` });
    },
    check(place, schema) {
      // Most schemas parse a single value: compiling them, as zod does by default, takes longer than parsing.
      const parsed = schema.safeParse(at(place), { reportInput: true, jitless: true });
      if (parsed.success) return parsed.data;
      for (const issue of parsed.error.issues) {
        for (const { path, text } of describeIssue(issue, place))
          mistakes.push({ file: file.path, line: lineOf(path), text });
      }
      return null;
    },
  };
}

const QUOTES_HINT = `Check the indentation, and put a text in quotes when it holds ": " or begins with a sign such as * or {`;

/** A YAML text with the line of each value. */
interface LocatedYaml {
  document: Document.Parsed;
  syntaxError: { line: number; message: string } | null;
  lineOf(place: YamlPath): number;
}

function locateYaml(text: string): LocatedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = findSyntaxError(document);
  return {
    document,
    syntaxError: error && { line: lines.linePos(error.offset).line, message: error.message },
    lineOf: (place) => lines.linePos(offsetOf(document, place)).line,
  };
}

/** The first syntax error; later ones are usually caused by it. */
function findSyntaxError(document: Document.Parsed): { offset: number; message: string } | null {
  const [error] = [...document.errors, ...document.warnings];
  if (error) return { offset: error.pos[0], message: error.message };
  let reference: { offset: number; message: string } | null = null;
  visit(document, {
    Node(_key, node) {
      if (!isAlias(node) && !node.anchor) return undefined;
      // Almost always an unquoted text such as "**Note**", which YAML reads as an alias.
      reference = { offset: startOf(node) ?? 0, message: "A text cannot begin with * or & here" };
      return visit.BREAK;
    },
  });
  return reference;
}

function childOf(value: unknown, step: PropertyKey): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
  return (value as Record<PropertyKey, unknown>)[step];
}

function offsetOf(document: Document.Parsed, place: YamlPath): number {
  let offset = 0;
  let node: unknown = document.contents;
  // Locale keys are dotted: `start.welcome` is `welcome` nested in `start`.
  for (const step of place.flatMap((part) => String(part).split("."))) {
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
