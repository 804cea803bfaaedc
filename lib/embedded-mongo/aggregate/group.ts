import { Int32 } from "bson";
import { encodeKey } from "../bson/index-key.ts";
import { isDocument, isNumber, type Value } from "../bson/values.ts";
import { CommandError } from "../errors.ts";
import { sortBy } from "../query/sort.ts";
import { compileAccumulator } from "./accumulators.ts";
import { compileExpression, type Expression } from "./expressions.ts";
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
  return (documents) => {
    const groups = new Map<
      string,
      { id: Value; fields: (readonly [string, ReturnType<(typeof fields)[number][1]>])[] }
    >();
    for (const document of documents) {
      const id = idOf(document) ?? null;
      const key = encodeKey(id, 1).toString("latin1");
      const found = groups.get(key) ?? {
        id,
        fields: fields.map(([name, create]) => [name, create()] as const),
      };
      groups.set(key, found);
      for (const [, accumulator] of found.fields) accumulator.add(document);
    }
    return Array.from(groups.values(), (found) => {
      const results = found.fields.map(([name, accumulator]): [string, Value] => [
        name,
        accumulator.result(),
      ]);
      return new Map<string, Value>([["_id", found.id], ...results]);
    });
  };
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
  return (documents) => (documents.length === 0 ? [] : [new Map([[operand, new Int32(documents.length)]])]);
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
  return (documents) => sortBy(counting(documents), [["count", -1]], (document) => document);
}
