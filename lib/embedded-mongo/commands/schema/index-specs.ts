import { equalValues } from "../../bson/compare.ts";
import type { Direction } from "../../bson/index-key.ts";
import { type Document, isDocument, isNumber, toNumber, type Value } from "../../bson/values.ts";
import { CommandError, notSupported } from "../../errors.ts";
import { compileQuery } from "../../query/matcher.ts";
import type { IndexSpec } from "../../storage/catalog.ts";
import {
  document,
  flag,
  ignored,
  number,
  readArguments,
  required,
  string,
  unsupported,
  withDefault,
} from "../arguments.ts";

/** MongoDB's limit on `expireAfterSeconds`. */
const MAX_EXPIRY_S = 2 ** 31 - 1;

/** Reads one index of `createIndexes`. @throws CommandError for unsupported kinds and options */
export function readIndexSpec(index: Document): IndexSpec {
  const options = readArguments(index, "createIndexes.indexes", {
    key: required(document),
    name: required(string),
    unique: withDefault(flag, false),
    partialFilterExpression: document,
    expireAfterSeconds: number,
    background: ignored,
    v: ignored,
    ns: ignored,
    sparse: unsupported,
    hidden: unsupported,
    collation: unsupported,
    storageEngine: unsupported,
    weights: unsupported,
    wildcardProjection: unsupported,
  });
  const fields = Array.from(options.key, ([path, direction]) => readField(path, direction));
  if (fields.length === 0) throw new CommandError("CannotCreateIndex", "Index keys cannot be empty.");
  const { partialFilterExpression: partialFilter, expireAfterSeconds } = options;
  if (JSON.stringify(fields) === '[["_id",1]]') refuseIdOptions(index);
  if (partialFilter) checkPartialFilter(partialFilter);
  if (expireAfterSeconds !== undefined) checkExpiry(expireAfterSeconds, fields.length);
  return {
    name: options.name,
    fields,
    unique: options.unique,
    ...(partialFilter ? { partialFilter } : {}),
    ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds }),
  };
}

/** The index of `_id` accepts no options. */
function refuseIdOptions(index: Document): void {
  for (const option of ["unique", "partialFilterExpression", "expireAfterSeconds"]) {
    if (!index.has(option)) continue;
    throw new CommandError(
      "InvalidIndexSpecificationOption",
      `The field '${option}' is not valid for an _id index specification.`,
    );
  }
}

function readField(path: string, direction: Value): readonly [string, Direction] {
  if (typeof direction === "string") throw notSupported(`an index of the kind "${direction}"`);
  const sign = isNumber(direction) ? toNumber(direction) : 0;
  if (sign === 0) throw new CommandError("CannotCreateIndex", "Values in the index key pattern cannot be 0.");
  if (sign !== 1 && sign !== -1) throw notSupported("an index direction other than 1 and -1");
  if (path === "$**" || path.endsWith(".$**")) throw notSupported("a wildcard index");
  if (path.split(".").some((part) => part === "" || part.startsWith("$"))) {
    throw new CommandError("CannotCreateIndex", `Index key contains an illegal field name: '${path}'`);
  }
  return [path, sign];
}

/** Allows only comparisons of single fields, so that the planner can recognise them in a query. */
function checkPartialFilter(filter: Document): void {
  const { conditions } = compileQuery(filter);
  const operators = Array.from(filter.values()).reduce((sum, value) => sum + operatorsIn(value), 0);
  const simple = [...filter.keys()].every((name) => !name.startsWith("$")) && operators === conditions.length;
  if (!simple || conditions.some(({ operator }) => operator === "$in")) {
    throw notSupported(
      "a partialFilterExpression of other than equality, $exists: true, $gt, $gte, $lt, $lte and $type",
    );
  }
  for (const { operator, operand } of conditions) {
    if (operator === "$exists" && operand !== true) {
      throw new CommandError("CannotCreateIndex", "unsupported expression in partial index: $exists: false");
    }
  }
}

function operatorsIn(value: Value): number {
  const hasOperators = isDocument(value) && (value.keys().next().value?.startsWith("$") ?? false);
  return hasOperators ? value.size : 1;
}

function checkExpiry(seconds: number, fields: number): void {
  if (fields > 1) {
    throw new CommandError(
      "CannotCreateIndex",
      "TTL indexes are single-field indexes, compound indexes do not support TTL",
    );
  }
  if (!(seconds >= 0 && seconds <= MAX_EXPIRY_S)) {
    throw new CommandError(
      "CannotCreateIndex",
      `TTL index 'expireAfterSeconds' option must be within an acceptable range, [0, ${MAX_EXPIRY_S}]`,
    );
  }
}

/** Whether two indexes are over the same fields, in the same order and directions. */
export function sameFields(a: IndexSpec, b: IndexSpec): boolean {
  return JSON.stringify(a.fields) === JSON.stringify(b.fields);
}

/** Whether two indexes over the same fields cover the same documents, which is how MongoDB distinguishes them. */
export function sameDocuments(a: IndexSpec, b: IndexSpec): boolean {
  return a.unique === b.unique && equalValues(a.partialFilter, b.partialFilter);
}
