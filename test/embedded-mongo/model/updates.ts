import fc from "fast-check";
import { modelMatches } from "./queries.ts";
import {
  comparePlain,
  equalPlain,
  isPlainDocument,
  type Plain,
  type PlainDocument,
  paths,
  plains,
  scalars,
} from "./values.ts";

/** MongoDB's code for what it refuses. */
export class Refused extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`refused with ${code}`);
    this.code = code;
  }
}

type Holder = PlainDocument | Plain[];

/** Where a path leads: to a value, to where one can be created, or nowhere since something is in the way. */
type Place =
  | { kind: "there"; holder: Holder; name: string; value: Plain; throughArray: boolean }
  | { kind: "free"; holder: Holder; rest: string[]; throughArray: boolean }
  | { kind: "blocked"; throughArray: boolean };

function placeOf(document: PlainDocument, path: string): Place {
  const parts = path.split(".");
  let [value, throughArray]: [Plain, boolean] = [document, false];
  for (const [depth, part] of parts.entries()) {
    if (Array.isArray(value)) throughArray = true;
    const isHolder: boolean = isPlainDocument(value) || (Array.isArray(value) && /^\d+$/.test(part));
    if (!isHolder) return { kind: "blocked", throughArray };
    const holder = value as PlainDocument;
    const child: Plain | undefined = Object.hasOwn(holder, part) ? holder[part] : undefined;
    if (child === undefined) return { kind: "free", holder, rest: parts.slice(depth), throughArray };
    if (depth === parts.length - 1) return { kind: "there", holder, name: part, value: child, throughArray };
    value = child;
  }
  throw new Error("a path has parts");
}

function put(place: Place, value: Plain): void {
  if (place.kind === "blocked") throw new Refused(28);
  const [name = "", ...rest] = place.kind === "there" ? [place.name] : place.rest;
  const { holder } = place;
  const content = rest.reduceRight<Plain>((inside, part) => ({ [part]: inside }), value);
  if (Array.isArray(holder)) {
    while (holder.length < Number(name)) holder.push(null);
    holder[Number(name)] = content;
  } else {
    holder[name] = content;
  }
}

function remove(place: Place): void {
  if (place.kind !== "there") return;
  if (Array.isArray(place.holder)) place.holder[Number(place.name)] = null;
  else delete place.holder[place.name];
}

/** The array at a place, or undefined where there is nothing. */
function arrayAt(place: Place, code: number): Plain[] | undefined {
  if (place.kind === "blocked") throw new Refused(28);
  if (place.kind === "free") return undefined;
  if (!Array.isArray(place.value)) throw new Refused(code);
  return place.value;
}

type Apply = (place: Place, operand: Plain, document: PlainDocument) => void;

const OPERATORS: Readonly<Record<string, Apply>> = {
  $set: put,
  $unset: remove,
  $inc: (place, operand) => put(place, (numberAt(place) ?? 0) + (operand as number)),
  $mul: (place, operand) => put(place, (numberAt(place) ?? 0) * (operand as number)),
  $min: (place, operand) => {
    if (place.kind !== "there" || comparePlain(operand, place.value) < 0) put(place, operand);
  },
  $max: (place, operand) => {
    if (place.kind !== "there" || comparePlain(operand, place.value) > 0) put(place, operand);
  },
  $push: (place, operand) => {
    const { $each = [operand], $slice } = (isPlainDocument(operand) ? operand : {}) as {
      $each?: Plain[];
      $slice?: number;
    };
    const all = [...(arrayAt(place, 2) ?? []), ...$each];
    put(place, $slice === undefined ? all : $slice < 0 ? all.slice($slice) : all.slice(0, $slice));
  },
  $addToSet: (place, operand) => {
    const { $each = [operand] } = (isPlainDocument(operand) ? operand : {}) as { $each?: Plain[] };
    const set = [...(arrayAt(place, 2) ?? [])];
    for (const value of $each) if (!set.some((known) => equalPlain(known, value))) set.push(value);
    put(place, set);
  },
  $pull: (place, operand) => {
    const array = arrayAt(place, 2);
    if (array)
      put(
        place,
        array.filter((element) => !isPulled(element, operand)),
      );
  },
  $pop: (place, operand) => {
    const array = arrayAt(place, 14);
    if (array) put(place, operand === 1 ? array.slice(0, -1) : array.slice(1));
  },
  $rename: (from, operand, document) => {
    if (from.kind === "blocked") throw new Refused(28);
    if (from.kind === "free") return;
    const to = placeOf(document, operand as string);
    if (from.throughArray || to.throughArray) throw new Refused(2);
    remove(from);
    put(to, from.value);
  },
};

function numberAt(place: Place): number | undefined {
  if (place.kind !== "there") return undefined;
  if (typeof place.value !== "number") throw new Refused(14);
  return place.value;
}

/** Operators apply as to a field; a document is a query on the elements that are documents. */
function isPulled(element: Plain, operand: Plain): boolean {
  if (!isPlainDocument(operand)) return equalPlain(element, operand);
  if (Object.keys(operand)[0]?.startsWith("$")) return modelMatches({ element }, { element: operand });
  return isPlainDocument(element) && modelMatches(element, operand);
}

/** MongoDB's documented rules, for each operator of the allow-list. @throws Refused */
export function modelUpdate(
  before: PlainDocument,
  operator: string,
  path: string,
  operand: Plain,
): PlainDocument {
  const document = structuredClone(before);
  OPERATORS[operator]?.(placeOf(document, path), structuredClone(operand), document);
  return document;
}

const numbers = fc.constantFrom<Plain>(-1, 0, 1, 2, 1.5);
const lists = fc.array(plains, { maxLength: 3 });
const conditions: fc.Arbitrary<Plain> = fc.oneof(
  scalars,
  fc.array(scalars, { maxLength: 2 }),
  fc.tuple(fc.constantFrom("$gt", "$lte", "$eq", "$ne"), scalars).map(([name, value]) => ({ [name]: value })),
  fc.tuple(fc.constantFrom("a", "b"), scalars).map(([name, value]) => ({ [name]: value })),
);

/** An operator with its operand. */
export const changes: fc.Arbitrary<[operator: string, operand: Plain]> = fc.oneof(
  fc.tuple(fc.constantFrom("$set", "$min", "$max", "$push", "$addToSet"), plains),
  fc.tuple(fc.constantFrom("$inc", "$mul"), numbers),
  fc.tuple(
    fc.constantFrom("$push", "$addToSet"),
    lists.map(($each) => ({ $each })),
  ),
  fc.tuple(
    fc.constant("$push"),
    fc.tuple(lists, fc.integer({ min: -2, max: 2 })).map(([$each, $slice]) => ({ $each, $slice })),
  ),
  fc.tuple(fc.constant("$unset"), fc.constant<Plain>("")),
  fc.tuple(fc.constant("$pull"), conditions),
  fc.tuple(fc.constant("$pop"), fc.constantFrom<Plain>(1, -1)),
  fc.tuple(
    fc.constant("$rename"),
    paths.map((path) => path as Plain),
  ),
);
