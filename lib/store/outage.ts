import { MongoError, MongoNetworkError, MongoServerError } from "mongodb";

/**
 * Whether an error means that the database is away (unreachable, shutting down, electing, no free connection in
 * time, disk full), so that the same operation can succeed later, rather than that the operation itself is wrong.
 */
export function isDatabaseOutage(error: unknown): boolean {
  if (!(error instanceof MongoError)) return false;
  if (error instanceof MongoServerError) {
    return OUTAGE_CODES.has(error.code) || OUTAGE_LABELS.some((label) => error.hasErrorLabel(label));
  }
  return error instanceof MongoNetworkError || OUTAGE_ERRORS.has(error.name);
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

/**
 * The codes after which a driver may try again, from MongoDB's specification of retryable reads and writes
 * (HostUnreachable, NetworkTimeout, ShutdownInProgress, NotWritablePrimary …), and WriteConcernTimeout (64) and
 * OutOfDiskSpace (14031).
 */
const OUTAGE_CODES: ReadonlySet<unknown> = new Set([
  6, 7, 64, 89, 91, 134, 189, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436, 14031,
]);

const OUTAGE_LABELS = ["RetryableWriteError", "RetryableError", "SystemOverloadedError"];
