import { type Document, isDocument, isNumber, toNumber, typeName, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { LEFT_OUT } from "../left-out.ts";

/** Reads one argument; `undefined` is a missing one. */
type Reader<Result> = (value: Value | undefined, name: string) => Result;
type Results<Readers extends Record<string, Reader<unknown>>> = {
  [Name in keyof Readers]: ReturnType<Readers[Name]>;
};

/** Arguments that every command may have and that are handled elsewhere. */
const GENERIC: ReadonlySet<string> = new Set([
  "$db",
  "$readPreference",
  "$clusterTime",
  "lsid",
  "readConcern",
  "writeConcern",
  "maxTimeMS",
  "comment",
]);

/**
 * Reads a command's arguments.
 * @throws CommandError for a wrong type, a missing argument, or an unknown one, which could change the meaning
 */
export function readArguments<Readers extends Record<string, Reader<unknown>>>(
  command: Document,
  name: string,
  readers: Readers,
): Results<Readers> {
  for (const field of command.keys()) {
    if (!GENERIC.has(field) && !Object.hasOwn(readers, field)) {
      if (LEFT_OUT.arguments[name]?.has(field)) throw notSupported(`'${name}.${field}'`);
      throw new CommandError("Location40415", `BSON field '${name}.${field}' is an unknown field.`);
    }
  }
  const results: Record<string, unknown> = {};
  for (const [field, read] of Object.entries(readers)) {
    results[field] = read(command.get(field), `${name}.${field}`);
  }
  return results as Results<Readers>;
}

/** A required argument. */
export function required<Result>(read: Reader<Result | undefined>): Reader<Result> {
  return (value, name) => {
    const result = read(value, name);
    if (result !== undefined) return result;
    throw new CommandError("Location40414", `BSON field '${name}' is missing but a required field`);
  };
}

/** An argument with a default. */
export function withDefault<Result>(read: Reader<Result | undefined>, otherwise: Result): Reader<Result> {
  return (value, name) => read(value, name) ?? otherwise;
}

export const string = typed("string", (value) => (typeof value === "string" ? value : undefined));

/** The name of the command's collection. */
export const collectionName: Reader<string> = (value) => {
  if (typeof value === "string") return value;
  throw new CommandError("InvalidNamespace", `collection name has invalid type ${typeName(value)}`);
};

export const document = typed("object", (value) => (isDocument(value) ? value : undefined));

export const array = typed("array", (value) => (Array.isArray(value) ? value : undefined));

/** A boolean, or a number used as one. */
export const flag = typed("bool", (value) =>
  typeof value === "boolean" ? value : isNumber(value) ? toNumber(value) !== 0 : undefined,
);

export const number = typed("number", (value) => (isNumber(value) ? toNumber(value) : undefined));

/** A non-negative integer. */
export const count: Reader<number | undefined> = (value, name) => {
  const given = number(value, name);
  if (given === undefined || (Number.isSafeInteger(given) && given >= 0)) return given;
  throw new CommandError("BadValue", `BSON field '${name}' value must be >= 0, actual value '${given}'`);
};

export const documents: Reader<Document[] | undefined> = (value, name) =>
  array(value, name)?.map((element, index) => required(document)(element, `${name}.${index}`));

/** Any value. */
export const anything: Reader<Value | undefined> = (value) => value;

/** An argument without effect on this server. */
export const ignored: Reader<undefined> = () => undefined;

/** An argument of a feature this server lacks: refused unless it is off or empty. */
export const unsupported: Reader<undefined> = (value, name) => {
  const off =
    value === undefined ||
    value === null ||
    value === false ||
    (isDocument(value) && value.size === 0) ||
    (Array.isArray(value) && value.length === 0);
  if (!off) throw notSupported(`'${name}'`);
  return undefined;
};

function typed<Result>(type: string, read: (value: Value) => Result | undefined): Reader<Result | undefined> {
  return (value, name) => {
    if (value === undefined || value === null) return undefined;
    const result = read(value);
    if (result !== undefined) return result;
    throw new CommandError(
      "TypeMismatch",
      `BSON field '${name}' is the wrong type '${typeName(value)}', expected type '${type}'`,
    );
  };
}
