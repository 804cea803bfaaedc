import { randomInt } from "node:crypto";
import { Long } from "bson";
import type { Clock } from "../../../core/index.ts";
import { MAX_DOCUMENT_BYTES, RawBson } from "../../bson/encode.ts";
import { CommandError } from "../../errors.ts";
import type { ScanCounters } from "../../query/scan.ts";
import type { Environment } from "../../storage/environment.ts";
import type { Reader, Snapshot } from "../../storage/snapshot.ts";
import type { Flow } from "../../turns/flow.ts";
import type { Slice, Turns } from "../../turns/turns.ts";

/** How long an idle cursor is kept (MongoDB: `cursorTimeoutMillis`). */
const IDLE_MS = 10 * 60_000;
/** The default size of a first batch, in documents (MongoDB). */
export const FIRST_BATCH = 101;
/** Node's limit on `randomInt`. */
const MAX_RANDOM = 2 ** 47;
/** A batch ends here, since its reader decodes it in one go. Only a batch that must be the last may have 16 MB. */
const MAX_BATCH_BYTES = 256 * 1024;
/** Beyond it, the cursor that has been idle the longest is closed: each keeps a moment of the data from being reused. */
const MAX_CURSORS = 500;

/** Begins to compute the results of a cursor, from a snapshot or from the present; it may have to be done again. */
export type CursorQuery = (reader: Reader, counters: ScanCounters) => Flow<Buffer>;

interface Dependencies {
  clock: Clock;
  environment: Environment;
  turns: Turns;
  counters: ScanCounters;
}

interface Cursor {
  namespace: string;
  results: Iterator<Buffer | undefined>;
  /** Taken from the results, but not part of a batch yet. */
  ahead: Buffer | undefined;
  snapshot: Snapshot;
  usedAt: number;
  isBusy: boolean;
  /** Why it ended before its results did. */
  ended: CommandError | undefined;
}

/**
 * Results that are not fetched yet. They are computed as they are fetched, from a snapshot of the moment of the query, so
 * a cursor shows one moment however long it is open.
 */
export class Cursors {
  private readonly clock: Clock;
  private readonly environment: Environment;
  private readonly turns: Turns;
  private readonly counters: ScanCounters;
  /** In the order of their last use. */
  private readonly open = new Map<number, Cursor>();

  constructor({ clock, environment, turns, counters }: Dependencies) {
    this.clock = clock;
    this.environment = environment;
    this.turns = turns;
    this.counters = counters;
  }

  /** Cursors that are not exhausted. */
  get size(): number {
    return Array.from(this.open.values()).filter(({ ended }) => !ended).length;
  }

  /** The `cursor` of a reply, with the first batch. */
  async start(
    namespace: string,
    query: CursorQuery,
    { batchSize = FIRST_BATCH, singleBatch = false }: { batchSize?: number; singleBatch?: boolean },
  ): Promise<RawBson> {
    const slice = this.turns.slice();
    const all = this.takeShort(query, { batchSize, singleBatch }, slice);
    if (all) return RawBson.document({ firstBatch: RawBson.array(all), id: Long.ZERO, ns: namespace });
    if (slice.isOver()) await this.turns.next();
    const snapshot = this.environment.snapshot(() =>
      end(cursor, new CommandError("QueryPlanKilled", `the data that was read is closed: ${namespace}`)),
    );
    const cursor: Cursor = {
      namespace,
      results: [][Symbol.iterator](),
      ahead: undefined,
      snapshot,
      usedAt: this.clock.monotonic(),
      isBusy: false,
      ended: undefined,
    };
    let isFinished = true;
    try {
      cursor.results = query(snapshot, this.counters)[Symbol.iterator]();
      const firstBatch = await this.takeBatch(
        cursor,
        batchSize,
        singleBatch ? MAX_DOCUMENT_BYTES : MAX_BATCH_BYTES,
      );
      isFinished = singleBatch || this.isExhausted(cursor);
      const id = isFinished ? 0 : this.newId();
      if (!isFinished) this.keep(id, cursor);
      return RawBson.document({ firstBatch, id: Long.fromNumber(id), ns: namespace });
    } finally {
      if (isFinished) free(cursor);
    }
  }

  /** The next batch. @throws CommandError CursorNotFound, QueryPlanKilled, and what computing the results throws. */
  async next(id: Long, namespace: string, batchSize: number | undefined): Promise<RawBson> {
    const number = id.toNumber();
    const cursor = this.open.get(number);
    if (!cursor || cursor.namespace !== namespace) {
      throw new CommandError("CursorNotFound", `cursor id ${id.toString()} not found`);
    }
    if (cursor.isBusy) throw new CommandError("CursorInUse", `cursor id ${id.toString()} is already in use`);
    this.open.delete(number);
    this.open.set(number, cursor);
    let isFinished = true;
    try {
      const nextBatch = await this.takeBatch(cursor, batchSize ?? Number.POSITIVE_INFINITY, MAX_BATCH_BYTES);
      isFinished = this.isExhausted(cursor);
      return RawBson.document({ nextBatch, id: isFinished ? Long.ZERO : id, ns: namespace });
    } finally {
      if (isFinished) {
        this.open.delete(number);
        free(cursor);
      }
    }
  }

  /** @returns whether there was such a cursor */
  kill(id: Long, namespace: string): boolean {
    const number = id.toNumber();
    const cursor = this.open.get(number);
    if (cursor?.namespace !== namespace) return false;
    this.open.delete(number);
    end(cursor, new CommandError("CursorKilled", "the cursor was killed"));
    return true;
  }

  /** Ends the cursors of a dropped collection. */
  drop(namespace: string): void {
    const dropped = new CommandError("QueryPlanKilled", `collection dropped: ${namespace}`);
    for (const cursor of this.open.values()) if (cursor.namespace === namespace) end(cursor, dropped);
  }

  /** Frees idle cursors. */
  sweep(): void {
    const oldest = this.clock.monotonic() - IDLE_MS;
    for (const [id, cursor] of this.open) {
      if (cursor.usedAt >= oldest || cursor.isBusy) continue;
      this.open.delete(id);
      free(cursor);
    }
  }

  private keep(id: number, cursor: Cursor): void {
    for (const [other, idle] of this.open) {
      if (this.open.size < MAX_CURSORS) break;
      if (idle.isBusy) continue;
      this.open.delete(other);
      free(idle);
    }
    this.open.set(id, cursor);
  }

  private newId(): number {
    const id = randomInt(1, MAX_RANDOM);
    return this.open.has(id) ? this.newId() : id;
  }

  /**
   * All results, if they are found within a slice and fit into a batch, as nearly always. They are read from the present,
   * which no one changes meanwhile: a snapshot would cost as much as the search for a few documents.
   */
  private takeShort(
    query: CursorQuery,
    { batchSize, singleBatch }: { batchSize: number; singleBatch: boolean },
    slice: Slice,
  ): Buffer[] | undefined {
    const maxBytes = singleBatch ? MAX_DOCUMENT_BYTES : MAX_BATCH_BYTES;
    const counters = { documentsExamined: 0 };
    const all: Buffer[] = [];
    let bytes = 0;
    for (const result of query(this.environment, counters)) {
      if (result) {
        if (all.length === batchSize) return undefined;
        bytes += result.length;
        if (all.length > 0 && bytes > maxBytes) return undefined;
        all.push(result);
        if (singleBatch && all.length === batchSize) break; // whatever else there is
      }
      if (slice.isOver()) return undefined;
    }
    this.counters.documentsExamined += counters.documentsExamined;
    return all;
  }

  private async takeBatch(cursor: Cursor, batchSize: number, maxBytes: number): Promise<RawBson> {
    cursor.isBusy = true;
    try {
      const batch: Buffer[] = [];
      let bytes = 0;
      let slice = this.turns.slice();
      while (batch.length < batchSize) {
        if (cursor.ended) throw cursor.ended;
        const next: IteratorResult<Buffer | undefined> = cursor.ahead
          ? { value: cursor.ahead }
          : cursor.results.next();
        if (next.done) break;
        cursor.ahead = next.value;
        if (next.value) {
          if (batch.length > 0 && bytes + next.value.length > maxBytes) break;
          bytes += next.value.length;
          batch.push(next.value);
          cursor.ahead = undefined;
        }
        if (!slice.isOver()) continue;
        await this.turns.next();
        slice = this.turns.slice();
      }
      return RawBson.array(batch);
    } finally {
      cursor.isBusy = false;
      cursor.usedAt = this.clock.monotonic();
    }
  }

  /** Whether there are no more results, as far as that is found out soon. */
  private isExhausted(cursor: Cursor): boolean {
    const slice = this.turns.slice();
    while (!cursor.ahead) {
      const next = cursor.results.next();
      if (next.done) return true;
      cursor.ahead = next.value;
      if (slice.isOver()) return false;
    }
    return false;
  }
}

/** Ends a cursor whose reader has not been told yet. */
function end(cursor: Cursor, why: CommandError): void {
  cursor.ended ??= why;
  if (!cursor.isBusy) free(cursor);
}

/** No iteration of lmdb's may be left when the snapshot is released. */
function free(cursor: Cursor): void {
  cursor.results.return?.();
  cursor.ahead = undefined;
  cursor.snapshot.release();
}
