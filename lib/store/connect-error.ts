import { type MongoOptions, MongoServerError, MongoServerSelectionError } from "mongodb";
import { errorMessage, OperatorError } from "../core/index.ts";

type Target = Pick<MongoOptions, "hosts"> & Partial<Pick<MongoOptions, "srvHost" | "replicaSet" | "tls">>;

const ENCODING_HINT =
  "In a name or password, write @ : / ? # [ ] and % percent-encoded: %40 %3A %2F %3F %23 %5B %5D %25.";

/** Explains why the driver cannot parse `MONGODB_URI`. Its messages contain no part of a password. */
export function uriError(cause: unknown): OperatorError {
  const reason = errorMessage(cause);
  const hint = /unescaped|malformed|invalid connection string/i.test(reason) ? ` ${ENCODING_HINT}` : "";
  return new OperatorError(`MONGODB_URI cannot be read: ${reason}.${hint}`, { code: "MONGODB_URI", cause });
}

/** Explains in one line why the first connection failed, with the driver's reason. */
export function connectError(target: Target, cause: unknown): OperatorError {
  const problem = problemOf(target, cause).replaceAll(/\s+/g, " ");
  return new OperatorError(problem, { code: "DATABASE_UNREACHABLE", retryable: true, cause });
}

function problemOf(target: Target, cause: unknown): string {
  const { hosts, srvHost, replicaSet } = target;
  if (srvHost !== undefined && hosts.length === 0) {
    return `No MongoDB is found for ${srvHost} (${errorMessage(cause)}). Is MONGODB_URI right, and does DNS work here?`;
  }
  const names = hosts.map(String).join(", ");
  if (cause instanceof MongoServerError) {
    const reason = errorMessage(cause).replace(/\.$/, "");
    return isRefusal(cause)
      ? `MongoDB at ${names} refuses the name or password in MONGODB_URI (${reason}). ${ENCODING_HINT}`
      : `MongoDB at ${names} cannot be used: ${reason}.`;
  }
  if (isOtherReplicaSet(target, cause)) {
    return `MongoDB at ${names} is no member of the replica set "${replicaSet}" that MONGODB_URI names.`;
  }
  return `No MongoDB answers at ${names} (${reasonsOf(target, cause)}). Is it running, and is MONGODB_URI right?`;
}

/** AuthenticationFailed, Unauthorized, or Atlas's code for many errors, with its message about authentication. */
function isRefusal({ code, message }: MongoServerError): boolean {
  return code === 18 || code === 13 || (code === 8000 && /auth/i.test(message));
}

/** The driver drops servers of another replica set, or of none, without an error. */
function isOtherReplicaSet({ replicaSet }: Target, cause: unknown): boolean {
  return (
    Boolean(replicaSet) && cause instanceof MongoServerSelectionError && cause.reason?.servers.size === 0
  );
}

/** What the driver found at each server; its own message may only be that the time ran out. */
function reasonsOf({ tls }: Target, cause: unknown): string {
  const servers =
    cause instanceof MongoServerSelectionError ? [...(cause.reason?.servers.values() ?? [])] : [];
  const reasons = new Set(servers.flatMap(({ error }) => (error ? [messageOf(error)] : [])));
  if (reasons.size === 0) reasons.add(errorMessage(cause));
  return [...reasons, ...(tls ? ["over TLS"] : [])].join("; ");
}

/** The messages of an error and its causes, without repetition: the driver wraps errors of sockets and certificates. */
function messageOf({ message, cause }: Error): string {
  const inner = cause instanceof Error ? messageOf(cause) : "";
  return message.includes(inner) ? message : `${message}: ${inner}`;
}
