import { type Document, isDocument, isNumber, toNumber, typeName, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";

/** Reads one argument; `undefined` is one that was not given. */
type Reader<Result> = (value: Value | undefined, name: string) => Result;
type Results<Readers extends Record<string, Reader<unknown>>> = {
  [Name in keyof Readers]: ReturnType<Readers[Name]>;
};

/** What any command may carry, read by the driver's or the server's side rather than the command's. */
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
 * @throws CommandError for a wrong type, a missing argument, or one we do not know, since it may change the meaning.
 */
export function readArguments<Readers extends Record<string, Reader<unknown>>>(
  command: Document,
  name: string,
  readers: Readers,
): Results<Readers> {
  for (const field of command.keys()) {
    if (!GENERIC.has(field) && !Object.hasOwn(readers, field)) {
      throw new CommandError("Location40415", `BSON field '${name}.${field}' is an unknown field.`);
    }
  }
  const results: Record<string, unknown> = {};
  for (const [field, read] of Object.entries(readers)) {
    results[field] = read(command.get(field), `${name}.${field}`);
  }
  return results as Results<Readers>;
}

/** An argument that must be there. */
export function required<Result>(read: Reader<Result | undefined>): Reader<Result> {
  return (value, name) => {
    const result = read(value, name);
    if (result !== undefined) return result;
    throw new CommandError("Location40414", `BSON field '${name}' is missing but a required field`);
  };
}

/** An argument with a meaning when it is left out. */
export function withDefault<Result>(read: Reader<Result | undefined>, otherwise: Result): Reader<Result> {
  return (value, name) => read(value, name) ?? otherwise;
}

export const string = typed("string", (value) => (typeof value === "string" ? value : undefined));

/** The name of the collection a command is about. */
export const collectionName: Reader<string> = (value) => {
  if (typeof value === "string") return value;
  throw new CommandError("InvalidNamespace", `collection name has invalid type ${typeName(value)}`);
};

export const document = typed("object", (value) => (isDocument(value) ? value : undefined));

export const array = typed("array", (value) => (Array.isArray(value) ? value : undefined));

/** A boolean, or a number that stands for one. */
export const flag = typed("bool", (value) =>
  typeof value === "boolean" ? value : isNumber(value) ? toNumber(value) !== 0 : undefined,
);

export const number = typed("number", (value) => (isNumber(value) ? toNumber(value) : undefined));

/** A whole number that is not negative. */
export const count: Reader<number | undefined> = (value, name) => {
  const given = number(value, name);
  if (given === undefined || (Number.isSafeInteger(given) && given >= 0)) return given;
  throw new CommandError("BadValue", `BSON field '${name}' value must be >= 0, actual value '${given}'`);
};

export const documents: Reader<Document[] | undefined> = (value, name) =>
  array(value, name)?.map((element, index) => required(document)(element, `${name}.${index}`));

/** Any value. */
export const anything: Reader<Value | undefined> = (value) => value;

/** Something that changes nothing here. */
export const ignored: Reader<undefined> = () => undefined;

/** Something this server leaves out: refused, unless it is switched off. */
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
