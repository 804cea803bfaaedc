import { CommandError } from "../../errors.ts";
import { compileQuery } from "../../query/matcher.ts";
import { type Selection, select } from "../../query/scan.ts";
import { type CollectionStorage, numberOfRecord, type StoredDocument } from "../../storage/collection.ts";
import { gather, mapFlow } from "../../turns/flow.ts";
import { openCollection, type ServerContext } from "../context.ts";

/** So many documents are changed in the transaction that finds them; more are found first, then changed in slices. */
const AT_ONCE = 50;
/** How often one document is looked for that others change meanwhile. */
const MAX_SEARCHES = 100;

/** Changes one document. Only inside `write`. */
export type ApplyChange = (collection: CollectionStorage, stored: StoredDocument) => void;

/**
 * Changes the selected documents if they are found at once. Only inside `write`.
 * @returns how many, or undefined when the search would hold everybody up; then nothing was changed
 */
export function changeAtOnce(
  server: ServerContext,
  collection: CollectionStorage | undefined,
  selection: Selection,
  apply: ApplyChange,
): number | undefined {
  const slice = server.turns.slice();
  const found: StoredDocument[] = [];
  for (const stored of select(collection, selection, server.counters)) {
    if (stored) found.push(stored);
    if (found.length > AT_ONCE || slice.isOver()) {
      if (stored && found.length === selection.limit) break;
      return undefined;
    }
  }
  for (const stored of found) if (collection) apply(collection, stored);
  return found.length;
}

/**
 * Changes the selected documents, in slices of time: they are those of the moment of the search, each if it still matches
 * when its turn comes, as in MongoDB.
 * @returns how many
 */
export async function changeInTurns(
  server: ServerContext,
  namespace: string,
  selection: Selection,
  apply: ApplyChange,
): Promise<number> {
  const { matches } = compileQuery(selection.query);
  for (let search = 0; search < MAX_SEARCHES; search += 1) {
    const { records, number } = await findRecords(server, namespace, selection);
    let changed = 0;
    for (let at = 0; at < records.length; ) {
      await server.environment.write(() => {
        const slice = server.turns.slice();
        const collection = openCollection(server, namespace);
        do {
          const record = records[at];
          const isSame = record !== undefined && collection?.number === number;
          const stored = isSame ? collection?.readNumber(record) : undefined;
          if (collection && stored && matches(stored.document)) {
            apply(collection, stored);
            changed += 1;
          }
          at += 1;
        } while (!slice.isOver() && at < records.length);
      });
      await server.turns.next();
    }
    if (changed > 0 || records.length === 0 || selection.limit !== 1) return changed;
  }
  throw new CommandError("WriteConflict", "the document was changed again and again while it was looked for");
}

async function findRecords(
  server: ServerContext,
  namespace: string,
  selection: Selection,
): Promise<{ records: number[]; number: number | undefined }> {
  const snapshot = server.environment.snapshot();
  try {
    const collection = openCollection(server, namespace, snapshot);
    const found = mapFlow(select(collection, selection, server.counters), ({ id }) => numberOfRecord(id));
    return { records: await gather(found, server.turns), number: collection?.number };
  } finally {
    snapshot.release();
  }
}
