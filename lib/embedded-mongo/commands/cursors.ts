import { randomInt } from "node:crypto";
import { Long } from "bson";
import type { Clock } from "../../core/index.ts";
import { encodeWithRaw, MAX_DOCUMENT_BYTES, RawBson } from "../bson/encode.ts";
import { CommandError } from "../errors.ts";

/** How long an idle cursor is kept (MongoDB: `cursorTimeoutMillis`). */
const IDLE_MS = 10 * 60_000;
/** The default size of a first batch, in documents (MongoDB). */
export const FIRST_BATCH = 101;
/** Node's limit on `randomInt`. */
const MAX_RANDOM = 2 ** 47;

interface Cursor {
  namespace: string;
  documents: readonly Buffer[];
  position: number;
  usedAt: number;
  /** Its collection was dropped, which its reader has not been told yet. */
  dropped: boolean;
}

/**
 * Results that are not fetched yet. All were found when the query ran, so a cursor reads one snapshot however long it is
 * open.
 */
export class Cursors {
  private readonly clock: Clock;
  private readonly open = new Map<number, Cursor>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Cursors that are not exhausted. */
  get size(): number {
    return Array.from(this.open.values()).filter(({ dropped }) => !dropped).length;
  }

  /** The `cursor` of a reply, with the first batch. */
  start(
    namespace: string,
    documents: readonly Buffer[],
    { batchSize = FIRST_BATCH, singleBatch = false }: { batchSize?: number; singleBatch?: boolean },
  ): RawBson {
    const cursor: Cursor = {
      namespace,
      documents,
      position: 0,
      usedAt: this.clock.monotonic(),
      dropped: false,
    };
    const firstBatch = takeBatch(cursor, batchSize);
    const finished = singleBatch || cursor.position >= documents.length;
    const id = finished ? 0 : randomInt(1, MAX_RANDOM);
    if (!finished) this.open.set(id, cursor);
    return cursorDocument({ firstBatch, id: Long.fromNumber(id), ns: namespace });
  }

  /** The next batch. @throws CommandError CursorNotFound, QueryPlanKilled. */
  next(id: Long, namespace: string, batchSize: number | undefined): RawBson {
    const number = id.toNumber();
    const cursor = this.open.get(number);
    if (!cursor || cursor.namespace !== namespace) {
      throw new CommandError("CursorNotFound", `cursor id ${id.toString()} not found`);
    }
    if (cursor.dropped) {
      this.open.delete(number);
      throw new CommandError("QueryPlanKilled", `collection dropped: ${namespace}`);
    }
    cursor.usedAt = this.clock.monotonic();
    const nextBatch = takeBatch(cursor, batchSize ?? Number.POSITIVE_INFINITY);
    const finished = cursor.position >= cursor.documents.length;
    if (finished) this.open.delete(number);
    return cursorDocument({ nextBatch, id: finished ? Long.ZERO : id, ns: namespace });
  }

  /** @returns whether there was such a cursor */
  kill(id: Long, namespace: string): boolean {
    const number = id.toNumber();
    return this.open.get(number)?.namespace === namespace && this.open.delete(number);
  }

  /** Ends the cursors of a dropped collection. */
  drop(namespace: string): void {
    for (const cursor of this.open.values()) {
      if (cursor.namespace === namespace) Object.assign(cursor, { dropped: true, documents: [] });
    }
  }

  /** Frees idle cursors. */
  sweep(): void {
    const oldest = this.clock.monotonic() - IDLE_MS;
    for (const [id, { usedAt }] of this.open) if (usedAt < oldest) this.open.delete(id);
  }
}

function cursorDocument(fields: Parameters<typeof encodeWithRaw>[0]): RawBson {
  return RawBson.document(encodeWithRaw(fields));
}

function takeBatch(cursor: Cursor, batchSize: number): RawBson {
  const batch: Buffer[] = [];
  let bytes = 0;
  while (batch.length < batchSize) {
    const next = cursor.documents[cursor.position];
    if (!next || (batch.length > 0 && bytes + next.length > MAX_DOCUMENT_BYTES)) break;
    bytes += next.length;
    cursor.position += 1;
    batch.push(next);
  }
  return RawBson.array(batch);
}
