import { Int32 } from "bson";
import { ValueMap } from "../bson/value-map.ts";
import { type Document, isDocument, isNumber, numberOf, type Value } from "../bson/values.ts";
import { CommandError } from "../errors.ts";
import type { Flow } from "../turns/flow.ts";
import { type CompiledAccumulator, compileAccumulator } from "./accumulators.ts";
import { compileExpression, type Expression, isConstant } from "./expressions.ts";
import { sortedBy } from "./sorted.ts";
import type { Stage } from "./stage.ts";

/** `$group`. Groups are in the order of their first documents. */
export function group(operand: Value): Stage {
  if (!isDocument(operand))
    throw new CommandError("Location15947", "a group's fields must be specified in an object");
  const idExpression = operand.get("_id");
  if (idExpression === undefined)
    throw new CommandError("Location15955", "a group specification must include an _id");
  const idOf = compileGroupKey(idExpression);
  const fields = Array.from(operand)
    .filter(([name]) => name !== "_id")
    .map(([name, accumulator]) => {
      if (name.includes("."))
        throw new CommandError("Location40235", `The field name '${name}' cannot contain '.'`);
      return [name, compileAccumulator(name, accumulator)] as const;
    });
  const counting = fields.map(([name, accumulator]) => [name, accumulator.ofCount] as const);
  const isCount = isConstant(idExpression) && counting.every(([, ofCount]) => ofCount !== undefined);
  return {
    run: (documents) => groupFlow(documents, idOf, fields),
    ...(isCount
      ? {
          ofCount(number) {
            if (number === 0) return [];
            const results = counting.map(([name, ofCount]): [string, Value] => [
              name,
              ofCount?.(number) ?? null,
            ]);
            return [new Map<string, Value>([["_id", idOf(new Map()) ?? null], ...results])];
          },
        }
      : {}),
  };
}

function* groupFlow(
  documents: Flow<Document>,
  idOf: Expression,
  fields: readonly (readonly [name: string, accumulator: CompiledAccumulator])[],
): Flow<Document> {
  const groups = new ValueMap<{
    id: Value;
    fields: (readonly [string, ReturnType<CompiledAccumulator["create"]>])[];
  }>();
  for (const document of documents) {
    if (document) {
      const id = idOf(document) ?? null;
      let found = groups.get(id);
      if (!found) {
        found = { id, fields: fields.map(([name, { create }]) => [name, create()] as const) };
        groups.add(id, found);
      }
      for (const [, accumulator] of found.fields) accumulator.add(document);
    }
    yield undefined;
  }
  for (const { id, fields: accumulators } of groups.values()) {
    const results = accumulators.map(([name, accumulator]): [string, Value] => [name, accumulator.result()]);
    yield new Map<string, Value>([["_id", id], ...results]);
  }
}

/** MongoDB counts a missing value as null where the key has one field, but not where it has several (its SERVER-21992). */
function compileGroupKey(key: Value): Expression {
  if (!isDocument(key) || key.keys().next().value?.startsWith("$")) return compileExpression(key);
  for (const value of key.values()) {
    if (isNumber(value) || typeof value === "boolean")
      throw new CommandError("Location17390", "$group does not support inclusion-style expressions");
  }
  const keyOf = compileExpression(key);
  if (key.size !== 1) return keyOf;
  const [name = ""] = key.keys();
  return (document) => {
    const found = keyOf(document);
    return isDocument(found) && found.size === 0 ? new Map([[name, null]]) : found;
  };
}

/** `$count`: one document with the number of documents, or none if that is 0. */
export function count(operand: Value): Stage {
  if (typeof operand !== "string" || operand === "")
    throw new CommandError("Location40156", "the count field must be a non-empty string");
  if (operand.startsWith("$"))
    throw new CommandError("Location40158", "the count field cannot be a $-prefixed path");
  if (operand.includes(".")) throw new CommandError("Location40160", "the count field cannot contain '.'");
  const ofCount = (number: number): Document[] =>
    number === 0 ? [] : [new Map([[operand, numberOf(number)]])];
  return { run: (documents) => countFlow(documents, ofCount), ofCount };
}

function* countFlow(documents: Flow<Document>, ofCount: (number: number) => Document[]): Flow<Document> {
  let number = 0;
  for (const document of documents) {
    if (document) number += 1;
    yield undefined;
  }
  yield* ofCount(number);
}

/** `$sortByCount`: how often each value occurs, the most frequent first. */
export function sortByCount(operand: Value): Stage {
  const isExpression =
    (typeof operand === "string" && operand.startsWith("$")) ||
    (isDocument(operand) && (operand.keys().next().value?.startsWith("$") ?? false));
  if (!isExpression)
    throw new CommandError(
      "Location40148",
      "the sortByCount field must be defined as a $-prefixed path or an expression",
    );
  const counting = group(
    new Map<string, Value>([
      ["_id", operand],
      ["count", new Map([["$sum", new Int32(1)]])],
    ]),
  );
  const sorting = sortedBy([["count", -1]]);
  return { run: (documents) => sorting.run(counting.run(documents)) };
}
