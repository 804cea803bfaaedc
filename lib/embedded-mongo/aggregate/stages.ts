import { type Document, isDocument, isNumber, toNumber, typeName, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { LEFT_OUT } from "../left-out.ts";
import { compileQuery } from "../query/matcher.ts";
import { parsePath } from "../query/paths.ts";
import { compileProjection } from "../query/projection.ts";
import { parseSort } from "../query/sort.ts";
import type { Flow } from "../turns/flow.ts";
import { compileExpression } from "./expressions.ts";
import { count, group, sortByCount } from "./group.ts";
import { addFields, project } from "./project.ts";
import { sortedBy } from "./sorted.ts";
import { each, type Stage } from "./stage.ts";

const STAGES: Readonly<Record<string, (operand: Value) => Stage>> = {
  $match: match,
  $sort: sort,
  $limit: limit,
  $skip: skip,
  $project: project,
  $addFields: (operand) => addFields("$addFields", operand),
  $set: (operand) => addFields("$set", operand),
  $unset: unset,
  $group: group,
  $count: count,
  $sortByCount: sortByCount,
  $unwind: unwind,
  $replaceRoot: replaceRoot,
  $replaceWith: (operand) => replaceWith(operand),
};

/** Compiles one stage. @throws CommandError for an unsupported stage */
export function compileStage(stage: Value): Stage {
  const [entry, ...others] = isDocument(stage) ? stage : [];
  if (!entry || others.length > 0) {
    throw new CommandError(
      "Location40323",
      "A pipeline stage specification object must contain exactly one field.",
    );
  }
  const [name, operand] = entry;
  const compile = Object.hasOwn(STAGES, name) ? STAGES[name] : undefined;
  if (LEFT_OUT.stages.has(name)) throw notSupported(`the pipeline stage ${name}`);
  if (!compile) throw new CommandError("Location40324", `Unrecognized pipeline stage name: '${name}'`);
  return compile(operand);
}

function match(operand: Value): Stage {
  if (!isDocument(operand))
    throw new CommandError("Location15959", "the match filter must be an expression in an object");
  const { matches } = compileQuery(operand);
  return each((document) => (matches(document) ? document : undefined));
}

function sort(operand: Value): Stage {
  if (!isDocument(operand))
    throw new CommandError("Location15973", "the $sort key specification must be an object");
  const fields = parseSort(operand);
  if (fields.length === 0)
    throw new CommandError("Location15976", "$sort stage must have at least one sort key");
  return sortedBy(fields);
}

function limit(operand: Value): Stage {
  const most = wholeNumber("$limit", operand);
  if (most < 1) throw new CommandError("Location15958", "the limit must be positive");
  return { run: (documents) => firstOf(documents, most) };
}

function skip(operand: Value): Stage {
  const first = wholeNumber("$skip", operand);
  return { run: (documents) => after(documents, first) };
}

function* firstOf(documents: Flow<Document>, most: number): Flow<Document> {
  let taken = 0;
  for (const document of documents) {
    yield document;
    if (document) taken += 1;
    if (taken >= most) return;
  }
}

function* after(documents: Flow<Document>, first: number): Flow<Document> {
  let passed = 0;
  for (const document of documents) {
    yield passed >= first ? document : undefined;
    if (document) passed += 1;
  }
}

function wholeNumber(stage: string, operand: Value): number {
  const number = isNumber(operand) ? toNumber(operand) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new CommandError(
    stage === "$limit" ? "Location5107201" : "Location5107200",
    `invalid argument to ${stage} stage: Expected a non-negative whole number`,
  );
}

function unset(operand: Value): Stage {
  const paths = Array.isArray(operand) ? operand : [operand];
  if (paths.length === 0)
    throw new CommandError(
      "Location31119",
      "$unset specification must be a string or an array with at least one field",
    );
  const flags = paths.map((path): [string, Value] => {
    if (typeof path !== "string")
      throw new CommandError(
        "Location31120",
        "$unset specification must be a string or an array containing only string values",
      );
    return [path, false];
  });
  const without = compileProjection(new Map(flags));
  return each(without);
}

function unwind(operand: Value): Stage {
  const options = isDocument(operand) ? operand : new Map([["path", operand]]);
  for (const name of options.keys()) {
    if (name === "includeArrayIndex") throw notSupported("$unwind with includeArrayIndex");
    if (name !== "path" && name !== "preserveNullAndEmptyArrays") {
      throw new CommandError("Location28811", `unrecognized option to $unwind stage: ${name}`);
    }
  }
  const path = options.get("path");
  if (typeof path !== "string")
    throw new CommandError(
      "Location28808",
      `expected a string as the path for $unwind stage, got ${typeName(path)}`,
    );
  if (!path.startsWith("$"))
    throw new CommandError(
      "Location28818",
      `path option to $unwind stage should be prefixed with a '$': ${path}`,
    );
  const parts = parsePath(path.slice(1));
  const keepEmpty = options.get("preserveNullAndEmptyArrays") ?? false;
  if (typeof keepEmpty !== "boolean")
    throw new CommandError(
      "Location28809",
      `expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage, got ${typeName(keepEmpty)}`,
    );
  return { run: (documents) => unwindEach(documents, parts, keepEmpty) };
}

function* unwindEach(documents: Flow<Document>, path: readonly string[], keepEmpty: boolean): Flow<Document> {
  for (const document of documents) {
    if (document) yield* unwindOne(document, path, keepEmpty);
    else yield undefined;
  }
}

function* unwindOne(document: Document, path: readonly string[], keepEmpty: boolean): Flow<Document> {
  const value = path.reduce<Value | undefined>(
    (inside, part) => (isDocument(inside) ? inside.get(part) : undefined),
    document,
  );
  if (value === undefined || value === null) yield keepEmpty ? document : undefined;
  else if (!Array.isArray(value)) yield document;
  else if (value.length === 0) yield keepEmpty ? withValue(document, path, undefined) : undefined;
  else for (const element of value) yield withValue(document, path, element);
}

/** A copy with another value at a path through documents; undefined removes the field. */
function withValue(
  document: Document,
  [name = "", ...rest]: readonly string[],
  value: Value | undefined,
): Document {
  const copy = new Map(document);
  const inner = copy.get(name);
  if (rest.length > 0 && isDocument(inner)) copy.set(name, withValue(inner, rest, value));
  else if (value === undefined) copy.delete(name);
  else copy.set(name, value);
  return copy;
}

function replaceRoot(operand: Value): Stage {
  const newRoot = isDocument(operand) && operand.size === 1 ? operand.get("newRoot") : undefined;
  if (newRoot === undefined)
    throw new CommandError("Location40231", "no newRoot specified for the $replaceRoot stage");
  return replaceWith(newRoot);
}

function replaceWith(newRoot: Value): Stage {
  const expression = compileExpression(newRoot);
  return each((document) => {
    const root = expression(document);
    if (isDocument(root)) return root;
    throw new CommandError(
      "Location40228",
      `'newRoot' expression must evaluate to an object, but resulting value was of type: ${typeName(root)}`,
    );
  });
}
