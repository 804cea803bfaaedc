import { isDocument, isNumber, toNumber, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import type { IndexRecord } from "../storage/catalog.ts";
import type { CollectionStorage } from "../storage/collection.ts";

/**
 * Checks that a hint names an index, and otherwise ignores it: the choice of an index never changes the result.
 * @throws CommandError BadValue; not supported for `$natural`, which asks for an order
 */
export function checkHint(collection: CollectionStorage | undefined, hint: Value | undefined): void {
  if (isDocument(hint) && hint.has("$natural")) throw notSupported("the hint $natural");
  if (hint === undefined || !collection || (isDocument(hint) && hint.size === 0)) return;
  if (!collection.indexes.some((index) => isNamed(index, hint))) {
    throw new CommandError(
      "BadValue",
      "error processing query: planner returned error: hint provided does not correspond to an existing index",
    );
  }
}

/** Whether a name or key pattern refers to this index. */
export function isNamed(index: IndexRecord, nameOrKey: Value): boolean {
  if (!isDocument(nameOrKey)) return index.name === nameOrKey;
  const fields = [...nameOrKey];
  return (
    fields.length === index.fields.length &&
    index.fields.every(([path, direction], at) => {
      const [name, value] = fields[at] ?? [];
      return name === path && isNumber(value) && toNumber(value) === direction;
    })
  );
}
