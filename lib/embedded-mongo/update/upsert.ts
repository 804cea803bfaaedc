import { BSONRegExp } from "bson";
import { type Document, isDocument, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { isOperators } from "../query/matcher.ts";
import { getAt, parseUpdatePath, setAt } from "./document-paths.ts";
import { identified, type Update } from "./update.ts";

/** The document an upsert inserts: the fields fixed by equalities of the query, then the update. */
export function documentToInsert(query: Document, update: Update, now: Date): Document {
  const equalities = [...fieldsFixedBy(query)];
  const seed: Document = new Map();
  for (const [path, value] of equalities) {
    if (update.isReplacement && path.startsWith("_id.")) {
      throw new CommandError(
        "NotExactValueField",
        `field at '_id' must be exactly specified, field at sub-path '${path}' found`,
      );
    }
    if (update.isReplacement && path !== "_id") continue;
    const parts = parseUpdatePath(path);
    const holder = equalities.some(([other]) => other !== path && `${path}.`.startsWith(`${other}.`));
    if (holder || getAt(seed, parts) !== undefined) {
      throw new CommandError(
        "NotSingleValueField",
        `cannot infer query fields to set, path '${path}' is matched twice`,
      );
    }
    setAt(seed, parts, value);
  }
  return identified(update.apply(seed, { now, inserting: true }));
}

/** The paths that a query fixes by equality, at the top level or under `$and`. */
function* fieldsFixedBy(query: Document): Iterable<[path: string, value: Value]> {
  for (const [name, operand] of query) {
    if (name === "$and" && Array.isArray(operand)) {
      for (const clause of operand) if (isDocument(clause)) yield* fieldsFixedBy(clause);
    } else if (name === "$or" && Array.isArray(operand) && operand.length === 1) {
      throw notSupported("an upsert with an $or of one clause");
    } else if (!name.startsWith("$")) {
      yield* fieldFixedBy(name, operand);
    }
  }
}

function* fieldFixedBy(name: string, operand: Value): Iterable<[path: string, value: Value]> {
  if (!isOperators(operand)) {
    if (!(operand instanceof BSONRegExp)) yield [name, operand];
    return;
  }
  for (const [operator, value] of operand) {
    if (operator === "$eq") yield [name, value];
    // MongoDB treats a list of one value as an equality.
    if ((operator === "$in" || operator === "$all") && Array.isArray(value) && value.length === 1) {
      throw notSupported(`an upsert with an ${operator} of one value for '${name}'`);
    }
  }
}
