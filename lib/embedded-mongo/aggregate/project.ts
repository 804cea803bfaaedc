import { type Document, isDocument, isNumber, show, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { isTruthy } from "../query/operators.ts";
import { compileProjection, type Projection } from "../query/projection.ts";
import { compileExpression, type Expression } from "./expressions.ts";
import { each, type Stage } from "./stage.ts";

/** `$project`: included or excluded fields as in a find, and computed fields. */
export function project(operand: Value): Stage {
  if (!isDocument(operand))
    throw new CommandError("Location15969", "$project specification must be an object");
  if (operand.size === 0)
    throw new CommandError(
      "Location51272",
      "Invalid $project :: caused by :: projection specification must have at least one field",
    );
  const flags: Document = new Map();
  const computed: Document = new Map();
  for (const [name, value] of operand) (isFlag(value) ? flags : computed).set(name, value);
  if (computed.size === 0) {
    const projection = compileProjection(flags);
    return each(projection);
  }
  const keep = keepOnly(flags);
  const fields = compileFields("$project", computed);
  refuseOverlap(flags, computed);
  return each((document) => withFields(keep(document), fields, document));
}

/** `$addFields`: computed fields, in addition to the present ones. */
export function addFields(stage: string, operand: Value): Stage {
  if (!isDocument(operand))
    throw new CommandError(
      "Location40272",
      `${stage} specification stage must be an object, got ${show(operand)}`,
    );
  const fields = compileFields(stage, operand);
  return each((document) => withFields(document, fields, document));
}

function isFlag(value: Value): boolean {
  if (isDocument(value))
    return (
      value.size > 0 && Array.from(value).every(([name, inner]) => !name.startsWith("$") && isFlag(inner))
    );
  return typeof value === "boolean" || isNumber(value);
}

/** With computed fields, others can only be included; the `_id` is included unless excluded explicitly. */
function keepOnly(flags: Document): Projection {
  const others = Array.from(flags).filter(([name]) => name !== "_id");
  const excluded = others.find(([, value]) => !isDocument(value) && !isTruthy(value));
  if (excluded)
    throw new CommandError(
      "Location31254",
      `Cannot do exclusion on field ${excluded[0]} in inclusion projection`,
    );
  if (others.length > 0) return compileProjection(flags);
  const keepsId = !flags.has("_id") || isTruthy(flags.get("_id"));
  return (document) => {
    const id = document.get("_id");
    return keepsId && id !== undefined ? new Map([["_id", id]]) : new Map();
  };
}

type Field = readonly [name: string, expression: Expression];

function compileFields(stage: string, fields: Document): Field[] {
  return Array.from(fields, ([name, value]) => {
    if (name.includes(".")) throw notSupported(`the dotted path '${name}' in ${stage}`);
    if (name === "" || name.startsWith("$"))
      throw new CommandError(
        "Location16410",
        `FieldPath field names may not be empty or start with '$': '${name}'`,
      );
    if (isDocument(value) && !(value.keys().next().value?.startsWith("$") ?? false)) {
      throw notSupported(`a nested object in ${stage}`); // would be merged with the present value
    }
    return [name, compileExpression(value)];
  });
}

function refuseOverlap(flags: Document, computed: Document): void {
  for (const path of flags.keys()) {
    const [name = ""] = path.split(".");
    if (computed.has(name)) throw new CommandError("Location31249", `Path collision at ${path}`);
  }
}

/** A missing value removes the field. */
function withFields(base: Document, fields: readonly Field[], source: Document): Document {
  const result = new Map(base);
  for (const [name, expression] of fields) {
    const value = expression(source);
    if (value === undefined) result.delete(name);
    else result.set(name, value);
  }
  return result;
}
