import { BSONRegExp } from "bson";
import { type Document, isDocument, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { LEFT_OUT } from "../left-out.ts";
import { compileOperator, type FieldTest, testing } from "./operators.ts";
import { parsePath } from "./paths.ts";

export type DocumentTest = (document: Value) => boolean;

/** A condition that every matching document meets at a path, in a form an index can use. */
export interface Condition {
  path: string;
  operator: "$eq" | "$in" | "$gt" | "$gte" | "$lt" | "$lte" | "$exists" | "$type";
  operand: Value;
}

/** A compiled query. */
export interface Matcher {
  matches: DocumentTest;
  /** Necessary conditions of a match; the query may have more. */
  conditions: readonly Condition[];
  /** Lists of alternatives, one of which every match meets: the conditions of each clause of an `$or`. */
  choices: readonly (readonly (readonly Condition[])[])[];
}

const INDEXABLE: ReadonlySet<string> = new Set([
  "$eq",
  "$in",
  "$gt",
  "$gte",
  "$lt",
  "$lte",
  "$exists",
  "$type",
]);

/**
 * Compiles a query.
 * @throws CommandError for what MongoDB refuses, or this server lacks
 */
export function compileQuery(query: Document): Matcher {
  const tests: DocumentTest[] = [];
  const conditions: Condition[] = [];
  const choices: (readonly (readonly Condition[])[])[] = [];
  for (const [name, operand] of query) {
    if (name === "$and") {
      const parts = clauses(name, operand).map(compileQuery);
      tests.push(...parts.map(({ matches }) => matches));
      conditions.push(...parts.flatMap((part) => part.conditions));
      choices.push(...parts.flatMap((part) => part.choices));
    } else if (name === "$or" || name === "$nor") {
      const parts = clauses(name, operand).map(compileQuery);
      const wanted = name === "$or";
      if (wanted) choices.push(parts.map((part) => part.conditions));
      tests.push((document) => parts.some(({ matches }) => matches(document)) === wanted);
    } else if (name.startsWith("$")) {
      if (name !== "$comment") throw unknownTopLevel(name);
    } else {
      const field = compileField(name, operand);
      tests.push(field.matches);
      conditions.push(...field.conditions);
    }
  }
  return { matches: (document) => tests.every((test) => test(document)), conditions, choices };
}

function clauses(name: string, operand: Value): Document[] {
  if (!Array.isArray(operand)) throw new CommandError("BadValue", `${name} must be an array`);
  if (operand.length === 0) throw new CommandError("BadValue", "$and/$or/$nor must be a nonempty array");
  return operand.map((clause) => {
    if (!isDocument(clause)) {
      throw new CommandError("BadValue", "$or/$and/$nor entries need to be full objects");
    }
    return clause;
  });
}

function unknownTopLevel(name: string): CommandError {
  if (LEFT_OUT.queries.has(name)) return notSupported(`the query operator ${name}`);
  return new CommandError(
    "BadValue",
    `unknown top level operator: ${name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
  );
}

function compileField(name: string, operand: Value): Matcher {
  const path = parsePath(name);
  const tests = isOperators(operand) ? compileOperators(operand) : [equality(operand)];
  return {
    matches: (document) => tests.every(({ test }) => test.atPath(document, path)),
    conditions: tests
      .filter(({ operator }) => INDEXABLE.has(operator))
      .map(({ operator, operand: value }) => ({
        path: name,
        operator: operator as Condition["operator"],
        operand: value,
      })),
    choices: [],
  };
}

/** Whether a value contains operators, rather than being a document to compare with. */
export function isOperators(value: Value): value is Document {
  return isDocument(value) && (value.keys().next().value?.startsWith("$") ?? false);
}

interface OperatorTest {
  operator: string;
  operand: Value;
  test: FieldTest;
}

function equality(operand: Value): OperatorTest {
  const operator = operand instanceof BSONRegExp ? "$regex" : "$eq";
  return { operator, operand, test: compileOperator(operator, operand) };
}

/** The tests of, say, `{ $gt: 1, $lt: 5 }`, all of which must pass. */
function compileOperators(operators: Document): OperatorTest[] {
  return Array.from(operators).flatMap(([operator, operand]) => {
    if (operator === "$not") return [{ operator, operand, test: negation(operand) }];
    if (operator === "$elemMatch") return [{ operator, operand, test: elementMatch(operand) }];
    if (operator === "$regex") return [regex(operators, operand)];
    if (operator === "$options") {
      if (operators.has("$regex")) return [];
      throw new CommandError("BadValue", "$options needs a $regex");
    }
    return [{ operator, operand, test: compileOperator(operator, operand) }];
  });
}

function regex(operators: Document, operand: Value): OperatorTest {
  const options = operators.get("$options") ?? "";
  if (typeof options !== "string") throw new CommandError("BadValue", "$options has to be a string");
  if (operand instanceof BSONRegExp) {
    if (operators.has("$options") && operand.options !== "") {
      throw new CommandError("Location51091", "options set in both $regex and $options");
    }
    return equality(new BSONRegExp(operand.pattern, operand.options || options));
  }
  if (typeof operand !== "string") throw new CommandError("BadValue", "$regex has to be a string");
  return equality(new BSONRegExp(operand, options));
}

function negation(operand: Value): FieldTest {
  if (operand instanceof BSONRegExp) return not([equality(operand)]);
  if (!isDocument(operand)) throw new CommandError("BadValue", "$not needs a regex or a document");
  if (operand.size === 0) throw new CommandError("BadValue", "$not cannot be empty");
  return not(compileOperators(operand));
}

function not(tests: readonly OperatorTest[]): FieldTest {
  return {
    atPath: (document, path) => !tests.every(({ test }) => test.atPath(document, path)),
    ofElement: (element) => !tests.every(({ test }) => test.ofElement(element)),
  };
}

/** One element of the array must meet the whole query, as a document or (operators only) as a value. */
function elementMatch(operand: Value): FieldTest {
  if (!isDocument(operand)) throw new CommandError("BadValue", "$elemMatch needs an Object");
  const matches = compileElementQuery(operand);
  return testing((value) => Array.isArray(value) && value.some(matches), { wholeArrays: true });
}

/** Compiles a query on one element of an array: operators on its value, or a query on it as a document. */
export function compileElementQuery(query: Document): DocumentTest {
  if (isFieldQuery(query)) {
    const tests = compileOperators(query);
    return (element) => tests.every(({ test }) => test.ofElement(element));
  }
  const { matches } = compileQuery(query);
  return (element) => {
    if (Array.isArray(element)) return matches(asDocument(element));
    return isDocument(element) && matches(element);
  };
}

/** Whether a query consists of operators on one value, rather than being a query on a document. */
export function isFieldQuery(query: Document): boolean {
  return isOperators(query) && !LOGICAL.has(query.keys().next().value ?? "");
}

const LOGICAL: ReadonlySet<string> = new Set(["$and", "$or", "$nor"]);

function asDocument(array: readonly Value[]): Document {
  return new Map(array.map((value, index) => [String(index), value]));
}
