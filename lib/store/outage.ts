import {
  MongoAPIError,
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoOperationTimeoutError,
  MongoParseError,
  MongoServerError,
} from "mongodb";
import { AppError, type Clock, errorCode } from "../core/index.ts";
import { COUNTER_MISSING } from "./collections/messages/sequence.ts";

/** How long an unknown error counts as an outage, from its first occurrence. */
const UNKNOWN_OUTAGE_MS = 10 * 60_000;
/** An unknown error that did not occur for this long starts anew; work that waits for the database is retried sooner. */
const QUIET_MS = 2 * 60_000;

/**
 * Creates a check whether an error means that the database cannot do its work now (unreachable, electing, over quota,
 * throttling, out of time, no longer accepting the password), so that the same operation can succeed later, rather than
 * that the operation itself is wrong.
 *
 * For a store that was opened: a refused password, for one, was accepted before. Hosted databases have codes of their own,
 * so an unknown code counts as an outage until it has lasted.
 */
export function createOutageCheck({ monotonic }: Pick<Clock, "monotonic">): (error: unknown) => boolean {
  const unknown = new Map<string, { firstMs: number; lastMs: number }>();

  function isRecent(code: string): boolean {
    const nowMs = monotonic();
    for (const [other, { lastMs }] of unknown) if (nowMs - lastMs > QUIET_MS) unknown.delete(other);
    const { firstMs } = unknown.get(code) ?? { firstMs: nowMs };
    unknown.set(code, { firstMs, lastMs: nowMs });
    return nowMs - firstMs < UNKNOWN_OUTAGE_MS;
  }

  return (error) => {
    const kind = kindOf(error);
    switch (kind) {
      case "outage":
        return true;
      case "mistake":
        return false;
      case "unknown":
        return isRecent(errorCode(error));
      default:
        return kind satisfies never;
    }
  };
}

/**
 * Whether an operation itself is wrong, such as one with a document that cannot be stored: it fails the same way whenever it
 * is repeated.
 */
export function isMistake(error: unknown): boolean {
  return kindOf(error) === "mistake";
}

type Kind = "outage" | "mistake" | "unknown";

function kindOf(error: unknown): Kind {
  if (error instanceof AppError && error.code === COUNTER_MISSING) return "unknown";
  if (!(error instanceof MongoError)) return "mistake";
  if (error instanceof MongoServerError) return kindOfServerError(error);
  if (error instanceof MongoNetworkError || error instanceof MongoOperationTimeoutError) return "outage";
  if (OUTAGE_ERRORS.has(error.name)) return "outage";
  return error instanceof MongoAPIError || error instanceof MongoParseError ? "mistake" : "unknown";
}

/** A bulk write may fail for several reasons; if one of them is an outage, the whole of it is worth a repetition. */
function kindOfServerError(error: MongoServerError): Kind {
  if (OUTAGE_LABELS.some((label) => error.hasErrorLabel(label))) return "outage";
  const failures = error instanceof MongoBulkWriteError ? [error.writeErrors].flat() : [];
  const kinds = [error.code, ...failures.map(({ code }) => code)].map(kindOfCode);
  return kinds.find((kind) => kind === "outage") ?? kinds.find((kind) => kind === "unknown") ?? "mistake";
}

function kindOfCode(code: unknown): Kind {
  if (OUTAGE_CODES.has(code)) return "outage";
  return MISTAKE_CODES.has(code) ? "mistake" : "unknown";
}

/** The driver's errors that mean the same as a MongoNetworkError; it does not export all of their classes. */
const OUTAGE_ERRORS: ReadonlySet<string> = new Set([
  "MongoServerSelectionError",
  "MongoWaitQueueTimeoutError",
  "MongoPoolClearedError",
  "MongoPoolClosedError",
  "MongoTopologyClosedError",
  "MongoNotConnectedError",
  "MongoClientClosedError",
  "MongoServerClosedError",
]);

const OUTAGE_LABELS = [
  "RetryableWriteError",
  "RetryableError",
  "SystemOverloadedError",
  "TransientTransactionError",
  "ResumableChangeStreamError",
  "HandshakeError",
];

/** Codes of "not now", by MongoDB's names (its `error_codes.yml`) where no other source is given. */
const OUTAGE_CODES: ReadonlySet<unknown> = new Set(
  [
    // Unreachable, electing or shutting down: MongoDB's specification of retryable reads and writes.
    [6, 7, 89, 91, 134, 189, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436],
    [63, 70, 133, 150, 216, 13388], // a cluster that is changing: StaleEpoch, ShardNotFound, ElectionInProgress …
    [64, 79, 100], // WriteConcernTimeout, UnknownReplWriteConcern, UnsatisfiableWriteConcern
    [11, 13, 18, 391], // UserNotFound, Unauthorized, AuthenticationFailed, ReauthenticationRequired
    [24, 46, 107, 112, 117], // LockTimeout, LockBusy, LockFailed, WriteConflict, ConflictingOperationInProgress
    [43, 175, 237], // CursorNotFound, QueryPlanKilled, CursorKilled: the repetition opens a new cursor
    [50, 202, 11601], // MaxTimeMSExpired, NetworkInterfaceExceededTimeLimit, Interrupted
    [146, 264, 371, 462, 14031], // ExceededMemoryLimit, TooManyFilesOpen, UserWritesBlocked, rate limit, OutOfDiskSpace
    [8000], // AtlasError: over quota, over the limits of a shared tier, or no longer authorised
    [16500], // Azure Cosmos DB: request rate too large
  ].flat(),
);

/** Codes that say the operation itself is wrong, so that repeating it cannot help. */
const MISTAKE_CODES: ReadonlySet<unknown> = new Set(
  [
    [2, 9, 14, 15, 16, 20, 22, 28, 29, 30, 34, 40], // BadValue, FailedToParse, TypeMismatch, PathNotViable …
    [52, 53, 54, 56, 57, 61, 66, 72, 73, 121], // field names, InvalidOptions, DocumentValidationFailure …
    [26, 27, 67, 68, 85, 86, 171, 197], // NamespaceNotFound, IndexNotFound, CannotCreateIndex …
    [59, 115, 123, 168, 352], // CommandNotFound, CommandNotSupported, NotAReplicaSet …
    [10334, 17280, 17419, 17420], // a document or an index key that is too large
    [11000, 11001, 12582], // DuplicateKey and its older codes
    [15974, 15975, 16410, 17276, 31249, 31254, 40323, 40324, 40414, 40415], // malformed queries and pipelines
  ].flat(),
);
