import { type Document, isDocument, isNumber, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { isTruthy } from "./operators.ts";
import { parsePath } from "./paths.ts";

export type Projection = (document: Document) => Document;

/** The named fields as a tree; `true` is a whole field. */
type FieldTree = Map<string, FieldTree | true>;

/**
 * Compiles a projection that includes or excludes fields.
 * @throws CommandError for a mixture of both, colliding paths, and expressions
 */
export function compileProjection(projection: Document): Projection {
  const flags = [...flatten(projection)];
  const id = flags.find(([path]) => path === "_id")?.[1];
  const others = flags.filter(([path]) => path !== "_id");
  const including = others.length > 0 ? others.some(([, keep]) => keep) : id === true;
  for (const [path, keep] of others) {
    if (keep !== including) {
      throw new CommandError("Location31254", `Cannot do exclusion on field ${path} in inclusion projection`);
    }
  }
  const tree: FieldTree = new Map();
  for (const [path] of others) addPath(tree, path);
  if (including ? id !== false && !tree.has("_id") : id === false) addPath(tree, "_id");
  if (tree.size === 0) return (document) => document;
  return (document) => (including ? include(document, tree) : exclude(document, tree));
}

function* flatten(projection: Document, prefix = ""): Iterable<[path: string, keep: boolean]> {
  for (const [name, value] of projection) {
    if (name.startsWith("$")) throw notSupported(`${name} in a projection`);
    const path = prefix + name;
    if (isDocument(value) && value.size > 0) yield* flatten(value, `${path}.`);
    else if (typeof value === "boolean" || isNumber(value)) yield [path, isTruthy(value)];
    else throw notSupported(`anything but 0 and 1 in a projection, as for '${path}',`);
  }
}

function addPath(tree: FieldTree, path: string): void {
  const parts = parsePath(path);
  let node = tree;
  for (const [depth, part] of parts.entries()) {
    if (part === "" || part.startsWith("$")) throw notSupported(`the projection path ${path}`);
    const last = depth === parts.length - 1;
    const child = node.get(part);
    if (child === true || (last && child))
      throw new CommandError("Location31249", `Path collision at ${path}`);
    const next: FieldTree | true = last ? true : (child ?? new Map());
    node.set(part, next);
    if (next !== true) node = next;
  }
}

function include(document: Document, tree: FieldTree): Document {
  const kept: Document = new Map();
  for (const [name, value] of document) {
    const node = tree.get(name);
    const part = node === undefined ? undefined : node === true ? value : includeValue(value, node);
    if (part !== undefined) kept.set(name, part);
  }
  return kept;
}

/** Below a path only documents count, also in arrays; other values are excluded. */
function includeValue(value: Value, tree: FieldTree): Value | undefined {
  if (isDocument(value)) return include(value, tree);
  if (!Array.isArray(value)) return undefined;
  return value.map((element) => includeValue(element, tree)).filter((element) => element !== undefined);
}

function exclude(document: Document, tree: FieldTree): Document {
  const kept: Document = new Map();
  for (const [name, value] of document) {
    const node = tree.get(name);
    if (node !== true) kept.set(name, node === undefined ? value : excludeValue(value, node));
  }
  return kept;
}

function excludeValue(value: Value, tree: FieldTree): Value {
  if (isDocument(value)) return exclude(value, tree);
  return Array.isArray(value) ? value.map((element) => excludeValue(element, tree)) : value;
}
