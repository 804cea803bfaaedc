import { BSONRegExp, Decimal128 } from "bson";
import { equalValues, typeOrder } from "../bson/compare.ts";
import { type Direction, encodeKey, encodeType } from "../bson/index-key.ts";
import { isDocument, type Value } from "../bson/values.ts";
import type { IndexRecord } from "../storage/catalog.ts";
import { type Condition, compileQuery, type Matcher } from "./matcher.ts";
import { isArrayIndex, parsePath } from "./paths.ts";
import type { SortFields } from "./sort.ts";

/** How to scan indexes, one after the other. It yields at least every match, some of them several times. */
export interface Plan {
  scans: readonly IndexPlan[];
  /** Whether documents come in the requested order. */
  sorted: boolean;
  /** Whether a document may come several times. */
  repeats: boolean;
}

/** How to scan an index. It yields at least every match; each document is still tested against the query. */
export interface IndexPlan {
  index: IndexRecord;
  /** Disjoint ranges [start, end) of keys without the index's prefix. */
  ranges: { start: Buffer; end: Buffer }[];
  /** Whether each range's start is a whole key of a unique index, so that it contains at most one document. */
  exact: boolean;
  reverse: boolean;
  /** Whether documents come in the requested order. */
  sorted: boolean;
  /** Whether the whole index is scanned. */
  whole: boolean;
}

/** Above this number of points a full scan is faster. */
const MAX_POINTS = 10_000;
const NOTHING = Buffer.alloc(0);
/** No key begins with it, so it sorts after everything that follows a whole key. Bytes of 255 occur inside keys. */
const ABOVE = Buffer.of(255);

/** The best way to find what meets conditions, in the order of a sort; undefined for a full scan. */
export function choosePlan(
  indexes: readonly IndexRecord[],
  { conditions, choices }: Pick<Matcher, "conditions" | "choices">,
  sort: SortFields,
): Plan | undefined {
  const best = bestIndex(indexes, conditions, sort);
  if (best && !best.whole) return planOf([best]);
  for (const choice of choices) {
    const scans = choice.map((conditionsOfClause) =>
      bestIndex(indexes, [...conditions, ...conditionsOfClause], []),
    );
    if (scans.every((scan) => scan !== undefined && !scan.whole)) return planOf(scans as IndexPlan[]);
  }
  return best && planOf([best]);
}

function planOf(scans: readonly IndexPlan[]): Plan {
  const [only, ...others] = scans;
  return {
    scans,
    sorted: only?.sorted === true && others.length === 0,
    repeats: others.length > 0 || only?.index.multikey === true,
  };
}

function bestIndex(
  indexes: readonly IndexRecord[],
  conditions: readonly Condition[],
  sort: SortFields,
): IndexPlan | undefined {
  let best: { plan: IndexPlan; score: number } | undefined;
  for (const index of indexes) {
    const candidate = considerIndex(index, conditions, sort);
    if (candidate?.plan.exact && candidate.plan.ranges.length === 1) return candidate.plan; // one document at most
    if (candidate && candidate.score > (best?.score ?? 0)) best = candidate;
  }
  return best?.plan;
}

function considerIndex(
  index: IndexRecord,
  conditions: readonly Condition[],
  sort: SortFields,
): { plan: IndexPlan; score: number } | undefined {
  if (!coversEveryMatch(index, conditions)) return undefined;
  const usable = conditions.filter(isIndexable);
  // Each element of an array has its own entry, and different ones may meet two conditions, so only the first is used.
  const fields = index.multikey ? index.fields.slice(0, 1) : index.fields;

  let prefixes: Buffer[] = [NOTHING];
  let score = 0;
  let fixed = 0;
  for (const [path, direction] of fields) {
    const points = pointsOf(path, direction, usable);
    if (!points || prefixes.length * points.length > MAX_POINTS) break;
    prefixes = prefixes.flatMap((prefix) => points.map((point) => Buffer.concat([prefix, point])));
    score += points.length === 1 ? 10 : 5;
    fixed += 1;
  }

  const next = fields[fixed];
  const range = next && boundsOf(next[0], next[1], usable, index.multikey);
  const order = index.multikey || prefixes.length !== 1 ? undefined : sortedBy(index, fixed, sort);
  const everyField = fixed === index.fields.length && index.unique;
  if (everyField) score += 1000;
  if (order && sort.length > 0) score += 4;
  if (range) score += 3;
  if (index.partialFilter) score += 1; // prefer the smaller index
  const { start, end } = range ?? { start: NOTHING, end: ABOVE };
  return {
    score,
    plan: {
      index,
      ranges: prefixes.map((prefix) => ({
        start: Buffer.concat([prefix, start]),
        end: Buffer.concat([prefix, end]),
      })),
      exact: everyField,
      reverse: order === "backwards",
      sorted: order !== undefined,
      whole: fixed === 0 && range === undefined,
    },
  };
}

/** A partial index can be used only if each condition of its filter is also one of the query. */
function coversEveryMatch({ partialFilter }: IndexRecord, conditions: readonly Condition[]): boolean {
  if (!partialFilter) return true;
  return compileQuery(partialFilter).conditions.every((needed) =>
    conditions.some(
      ({ path, operator, operand }) =>
        path === needed.path && operator === needed.operator && equalValues(operand, needed.operand),
    ),
  );
}

/** Whether the values that meet a condition are contiguous in an index. */
function isIndexable({ path, operator, operand }: Condition): boolean {
  if (operator === "$exists" || operator === "$type") return false;
  const asksNull = operand === null || (Array.isArray(operand) && operand.includes(null));
  if (asksNull && parsePath(path).some(isArrayIndex)) return false; // see `keyValues`
  if (operator === "$in")
    return Array.isArray(operand) && operand.length <= MAX_POINTS && operand.every(hasKey);
  return hasKey(operand);
}

/** Arrays are indexed by their elements, regular expressions match strings, and a Decimal128 has no key. */
function hasKey(value: Value): boolean {
  if (isDocument(value)) return [...value.values()].every(hasKeyInside);
  return !Array.isArray(value) && !(value instanceof BSONRegExp) && !(value instanceof Decimal128);
}

function hasKeyInside(value: Value): boolean {
  return Array.isArray(value) ? value.every(hasKeyInside) : value instanceof BSONRegExp || hasKey(value);
}

/** The keys of the values that the conditions allow one field, in order. Undefined: any value, or a range of them. */
function pointsOf(
  path: string,
  direction: Direction,
  conditions: readonly Condition[],
): Buffer[] | undefined {
  const operandOf = (operator: string): Value | undefined =>
    conditions.find((condition) => condition.path === path && condition.operator === operator)?.operand;
  const only = operandOf("$eq");
  if (only !== undefined) return [encodeKey(only, direction)];
  const choices = operandOf("$in") as Value[] | undefined;
  if (!choices) return undefined;
  const keys = choices.map((value) => encodeKey(value, direction)).toSorted((a, b) => Buffer.compare(a, b));
  return keys.filter((key, at) => at === 0 || !key.equals(keys[at - 1] as Buffer));
}

/** The range within one type that the conditions allow one field. Undefined: everything. */
function boundsOf(
  path: string,
  direction: Direction,
  conditions: readonly Condition[],
  onlyOne: boolean,
): { start: Buffer; end: Buffer } | undefined {
  const ours = conditions.filter((condition) => condition.path === path);
  const lower = ours.find(({ operator }) => operator === "$gt" || operator === "$gte");
  const upper = ours.find(({ operator }) => operator === "$lt" || operator === "$lte");
  const first = lower ?? upper;
  if (!first) return undefined;
  if (lower && upper && !onlyOne && typeOrder(lower.operand) === typeOrder(upper.operand)) {
    return rangeOf(lower, upper, direction);
  }
  return first === lower ? rangeOf(lower, undefined, direction) : rangeOf(undefined, first, direction);
}

function rangeOf(
  lower: Condition | undefined,
  upper: Condition | undefined,
  direction: Direction,
): { start: Buffer; end: Buffer } {
  const type = encodeType((lower ?? upper)?.operand ?? null, direction);
  const [first, last] = direction === 1 ? [lower, upper] : [upper, lower];
  return {
    start: first ? edge(first, direction, !isInclusive(first)) : Buffer.of(type),
    end: last ? edge(last, direction, isInclusive(last)) : Buffer.of(type + 1),
  };
}

function isInclusive({ operator }: Condition): boolean {
  return operator.endsWith("e");
}

/** The start or the end of the entries with the operand's key; no entry continues a whole key with 255. */
function edge({ operand }: Condition, direction: Direction, after: boolean): Buffer {
  const key = encodeKey(operand, direction);
  return after ? Buffer.concat([key, ABOVE]) : key;
}

/** The direction in which the index yields the sort's order, given that its first `fixed` fields are constant. */
function sortedBy(
  { fields }: IndexRecord,
  fixed: number,
  sort: SortFields,
): "forwards" | "backwards" | undefined {
  const constant = new Set(fields.slice(0, fixed).map(([path]) => path));
  const wanted = sort.filter(([path]) => !constant.has(path));
  const rest = fields.slice(fixed);
  if (wanted.length > rest.length) return undefined;
  const agreement = wanted.map(([path, direction], at) =>
    rest[at]?.[0] === path ? direction * rest[at][1] : 0,
  );
  if (agreement.every((sign) => sign === 1)) return "forwards";
  return agreement.every((sign) => sign === -1) ? "backwards" : undefined;
}
