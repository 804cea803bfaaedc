import fc from "fast-check";
import {
  comparePlain,
  equalPlain,
  isPlainDocument,
  kindOf,
  type Plain,
  type PlainDocument,
  paths,
  plains,
  scalars,
} from "./values.ts";

/** What a path leads to; undefined where it ends too early. */
type Found = Plain | undefined;

/** Follows a path through documents; where it ends at an array, `expand` says whether its elements count as well. */
function follow(document: PlainDocument, [name = "", ...rest]: readonly string[], expand: boolean): Found[] {
  const value = document[name];
  if (rest.length === 0) return expand && Array.isArray(value) ? [...value, value] : [value];
  if (isPlainDocument(value)) return follow(value, rest, expand);
  return Array.isArray(value) ? followArray(value, rest, expand) : [undefined];
}

/** In an array, a path goes on in each document, and in the element at a position; other elements lead nowhere. */
function followArray(array: readonly Plain[], path: readonly string[], expand: boolean): Found[] {
  const [part, ...rest] = path;
  return array.flatMap((element, index): Found[] => {
    const inside = isPlainDocument(element) ? follow(element, path, expand) : [];
    if (String(index) !== part) return inside;
    if (rest.length === 0) return [...inside, element];
    if (isPlainDocument(element)) return [...inside, ...follow(element, rest, expand)];
    return Array.isArray(element) ? [...inside, ...followArray(element, rest, expand)] : inside;
  });
}

type Test = (found: Found) => boolean;

/** The operators that hold if any value at the path passes, its elements included. */
const VALUE_TESTS: Readonly<Record<string, (operand: Plain) => Test>> = {
  $eq: (operand) => (found) => equalPlain(found ?? null, operand),
  $gt: (operand) => (found) => comparable(found, operand) && comparePlain(found ?? null, operand) > 0,
  $gte: (operand) => (found) =>
    comparable(found ?? null, operand) && comparePlain(found ?? null, operand) >= 0,
  $lt: (operand) => (found) => comparable(found, operand) && comparePlain(found ?? null, operand) < 0,
  $lte: (operand) => (found) =>
    comparable(found ?? null, operand) && comparePlain(found ?? null, operand) <= 0,
  $in: (operand) => (found) => (operand as Plain[]).some((choice) => equalPlain(found ?? null, choice)),
  $type: (operand) => (found) => found !== undefined && TYPES[kindOf(found)] === operand,
  $mod: (operand) => (found) =>
    typeof found === "number" &&
    Math.trunc(found) % ((operand as number[])[0] ?? 1) === (operand as number[])[1],
  $regex: (operand) => (found) => typeof found === "string" && new RegExp(operand as string).test(found),
};
const TYPES: Readonly<Record<string, string>> = {
  null: "null",
  number: "number",
  string: "string",
  object: "object",
  array: "array",
  boolean: "bool",
};

function comparable(found: Found, operand: Plain): found is Plain {
  return found !== undefined && kindOf(found) === kindOf(operand);
}

/** Whether a value by itself passes: an element of an array, whose own elements do not count. */
function passes(found: Found, operator: string, operand: Plain): boolean {
  switch (operator) {
    case "$ne":
      return !passes(found, "$eq", operand);
    case "$nin":
      return !passes(found, "$in", operand);
    case "$not":
      return !Object.entries(operand as PlainDocument).every(([name, inner]) => passes(found, name, inner));
    case "$exists":
      return (found !== undefined) === operand;
    case "$size":
      return Array.isArray(found) && found.length === operand;
    case "$all":
      return (
        (operand as Plain[]).length > 0 && (operand as Plain[]).every((one) => passes(found, "$eq", one))
      );
    case "$elemMatch":
      return (
        Array.isArray(found) && found.some((element) => elementMatches(element, operand as PlainDocument))
      );
    default:
      return VALUE_TESTS[operator]?.(operand)(found) ?? false;
  }
}

function elementMatches(element: Plain, query: PlainDocument): boolean {
  const [name = ""] = Object.keys(query);
  if (name.startsWith("$"))
    return Object.entries(query).every(([operator, operand]) => passes(element, operator, operand));
  if (Array.isArray(element)) return modelMatches(Object.fromEntries(element.entries()), query);
  return isPlainDocument(element) && modelMatches(element, query);
}

function holds(document: PlainDocument, path: string, operator: string, operand: Plain): boolean {
  const parts = path.split(".");
  switch (operator) {
    case "$ne":
      return !holds(document, path, "$eq", operand);
    case "$nin":
      return !holds(document, path, "$in", operand);
    case "$not":
      return !Object.entries(operand as PlainDocument).every(([name, inner]) =>
        holds(document, path, name, inner),
      );
    case "$exists":
      return follow(document, parts, true).some((found) => found !== undefined) === operand;
    case "$all":
      return (
        (operand as Plain[]).length > 0 &&
        (operand as Plain[]).every((one) => holds(document, path, "$eq", one))
      );
    case "$size":
    case "$elemMatch":
      return follow(document, parts, false).some((found) => passes(found, operator, operand));
    default:
      return follow(document, parts, true).some((found) => passes(found, operator, operand));
  }
}

/** MongoDB's documented rules, for each operator of the allow-list. */
export function modelMatches(document: PlainDocument, query: PlainDocument): boolean {
  return Object.entries(query).every(([name, operand]) => {
    const clauses = (operand ?? []) as PlainDocument[];
    if (name === "$and") return clauses.every((clause) => modelMatches(document, clause));
    if (name === "$or") return clauses.some((clause) => modelMatches(document, clause));
    if (name === "$nor") return !clauses.some((clause) => modelMatches(document, clause));
    const isOperators = isPlainDocument(operand) && Object.keys(operand)[0]?.startsWith("$") === true;
    const operators = isOperators ? operand : { $eq: operand };
    return Object.entries(operators).every(([operator, inner]) => holds(document, name, operator, inner));
  });
}

const simple: fc.Arbitrary<PlainDocument> = fc.oneof(
  fc
    .tuple(fc.constantFrom("$eq", "$ne", "$gt", "$gte", "$lt", "$lte"), plains)
    .map(([name, operand]) => ({ [name]: operand })),
  fc
    .tuple(fc.constantFrom("$in", "$nin", "$all"), fc.array(plains, { maxLength: 3 }))
    .map(([name, operand]) => ({ [name]: operand })),
  fc.boolean().map(($exists) => ({ $exists })),
  fc.constantFrom("null", "number", "string", "object", "array", "bool").map(($type) => ({ $type })),
  fc.nat(3).map(($size) => ({ $size })),
  fc.constantFrom<Plain>([2, 0], [2, 1], [3, -1]).map(($mod) => ({ $mod })),
  fc.constantFrom("a", "^a", "b$", "^$").map(($regex) => ({ $regex })),
);
const operators: fc.Arbitrary<PlainDocument> = fc.oneof(
  { weight: 4, arbitrary: simple },
  { weight: 1, arbitrary: simple.map(($not) => ({ $not })) },
  { weight: 1, arbitrary: simple.map(($elemMatch) => ({ $elemMatch })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("a", "0", "b"), fc.oneof(scalars, simple))
      .map(([path, inner]) => ({ $elemMatch: { [path]: inner } })),
  },
);
const nothings = fc.constantFrom<Plain>(null, { $ne: null }, { $exists: false }, { $in: [null] });
const clauses: fc.Arbitrary<PlainDocument> = fc
  .tuple(
    paths,
    fc.oneof(
      { weight: 3, arbitrary: operators },
      { weight: 1, arbitrary: plains },
      { weight: 1, arbitrary: nothings },
    ),
  )
  .map(([path, condition]) => ({ [path]: condition }));

export const queries: fc.Arbitrary<PlainDocument> = fc.oneof(
  { weight: 4, arbitrary: clauses },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("$and", "$or", "$nor"), fc.array(clauses, { minLength: 1, maxLength: 3 }))
      .map(([name, list]) => ({ [name]: list })),
  },
);
