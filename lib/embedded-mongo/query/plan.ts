import { BSONRegExp, Decimal128 } from "bson";
import { equalValues, typeOrder } from "../bson/compare.ts";
import { type Direction, encodeKey, encodeType } from "../bson/index-key.ts";
import { isDocument, type Value } from "../bson/values.ts";
import type { IndexRecord } from "../storage/catalog.ts";
import { type Condition, compileQuery } from "./matcher.ts";
import { isArrayIndex, parsePath } from "./paths.ts";
import type { SortFields } from "./sort.ts";

/** A way through an index. It yields at least every match; the query is asked of each document all the same. */
export interface IndexPlan {
  index: IndexRecord;
  /** Of keys without the index's prefix: from `start` to before `end`. They do not overlap. */
  ranges: { start: Buffer; end: Buffer }[];
  /** Whether each range's start is a whole key of a unique index, so that it holds one document at most. */
  exact: boolean;
  reverse: boolean;
  /** Whether documents come in the order asked for. */
  sorted: boolean;
}

/** More points than this are better found by looking at every document. */
const MAX_POINTS = 10_000;
const NOTHING = Buffer.alloc(0);
/** Begins no key, so it is above whatever follows a whole key. Inside a key there are bytes of 255. */
const ABOVE = Buffer.of(255);

/** The best index for a query and a sort; undefined when every document has to be looked at. */
export function choosePlan(
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
  // Of an array each element has its entry, so two conditions may be met by different ones: only the first counts.
  const fields = index.multikey ? index.fields.slice(0, 1) : index.fields;

  let prefix: Buffer = NOTHING;
  let fixed = 0;
  for (const [path, direction] of fields) {
    const equality = usable.find((condition) => condition.path === path && condition.operator === "$eq");
    if (!equality) break;
    prefix = Buffer.concat([prefix, encodeKey(equality.operand, direction)]);
    fixed += 1;
  }

  const next = fields[fixed];
  const bounds = next && boundsOf(next[0], next[1], usable, index.multikey);
  const points = bounds !== undefined && bounds.length !== 1;
  const order = index.multikey || points ? undefined : sortedBy(index, fixed, sort);
  const everyField = fixed + (points ? 1 : 0) === index.fields.length && index.unique;
  const score =
    (everyField ? 1000 : 0) +
    fixed * 10 +
    (order && sort.length > 0 ? 4 : 0) +
    (bounds ? (points ? 5 : 3) : 0) +
    (index.partialFilter ? 1 : 0); // the smaller of two
  return {
    score,
    plan: {
      index,
      ranges: (bounds ?? [{ start: NOTHING, end: ABOVE }]).map(({ start, end }) => ({
        start: Buffer.concat([prefix, start]),
        end: Buffer.concat([prefix, end]),
      })),
      exact: everyField,
      reverse: order === "backwards",
      sorted: order !== undefined,
    },
  };
}

/** A partial index serves a query only if each condition of its filter is one of the query's own. */
function coversEveryMatch({ partialFilter }: IndexRecord, conditions: readonly Condition[]): boolean {
  if (!partialFilter) return true;
  return compileQuery(partialFilter).conditions.every((needed) =>
    conditions.some(
      ({ path, operator, operand }) =>
        path === needed.path && operator === needed.operator && equalValues(operand, needed.operand),
    ),
  );
}

/** Whether the values a condition accepts stand together in an index. */
function isIndexable({ path, operator, operand }: Condition): boolean {
  if (operator === "$exists" || operator === "$type") return false;
  const asksNull = operand === null || (Array.isArray(operand) && operand.includes(null));
  if (asksNull && parsePath(path).some(isArrayIndex)) return false; // see `keyValues`
  if (operator === "$in")
    return Array.isArray(operand) && operand.length <= MAX_POINTS && operand.every(hasKey);
  return hasKey(operand);
}

/** Arrays are indexed by their elements, expressions match strings, and a Decimal128 has no key. */
function hasKey(value: Value): boolean {
  if (isDocument(value)) return [...value.values()].every(hasKeyInside);
  return !Array.isArray(value) && !(value instanceof BSONRegExp) && !(value instanceof Decimal128);
}

function hasKeyInside(value: Value): boolean {
  return Array.isArray(value) ? value.every(hasKeyInside) : value instanceof BSONRegExp || hasKey(value);
}

/** What the conditions leave of one field: some points, or a range within one type. Undefined: all of it. */
function boundsOf(
  path: string,
  direction: Direction,
  conditions: readonly Condition[],
  onlyOne: boolean,
): { start: Buffer; end: Buffer }[] | undefined {
  const ours = conditions.filter((condition) => condition.path === path);
  const choices = ours.find(({ operator }) => operator === "$in");
  if (choices) return pointsOf(choices.operand as Value[], direction);
  const lower = ours.find(({ operator }) => operator === "$gt" || operator === "$gte");
  const upper = ours.find(({ operator }) => operator === "$lt" || operator === "$lte");
  const first = lower ?? upper;
  if (!first) return undefined;
  if (lower && upper && !onlyOne && typeOrder(lower.operand) === typeOrder(upper.operand)) {
    return [rangeOf(lower, upper, direction)];
  }
  return [first === lower ? rangeOf(lower, undefined, direction) : rangeOf(undefined, first, direction)];
}

function pointsOf(values: readonly Value[], direction: Direction): { start: Buffer; end: Buffer }[] {
  const keys = new Map(
    values.map((value) => encodeKey(value, direction)).map((key) => [key.toString("latin1"), key]),
  );
  return [...keys.values()]
    .toSorted((a, b) => Buffer.compare(a, b))
    .map((key) => ({ start: key, end: Buffer.concat([key, ABOVE]) }));
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

/** Where the entries of the operand's key begin, or where they have ended: after the key no entry goes on with 255. */
function edge({ operand }: Condition, direction: Direction, after: boolean): Buffer {
  const key = encodeKey(operand, direction);
  return after ? Buffer.concat([key, ABOVE]) : key;
}

/** How the index is read to give the sort's order, its first `fixed` fields being the same throughout. */
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
