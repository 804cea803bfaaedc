import { MAX_DOCUMENT_BYTES } from "../../bson/encode.ts";
import { MAX_MESSAGE_BYTES } from "../../wire/frames.ts";
import type { Handler } from "../context.ts";
import { MAX_WRITES } from "../writing/writes.ts";

/** The emulated version and its wire version: MongoDB 7.0. */
const VERSION = "7.0.0";
const MAX_WIRE_VERSION = 21;

/**
 * Describes a standalone server. Without `logicalSessionTimeoutMinutes` a driver uses neither transactions nor retryable
 * writes; without `topologyVersion` it polls instead of streaming.
 */
export const hello: Handler = ({ clock, token }, { client }) => ({
  helloOk: true,
  ismaster: true,
  isWritablePrimary: true,
  maxBsonObjectSize: MAX_DOCUMENT_BYTES,
  maxMessageSizeBytes: MAX_MESSAGE_BYTES,
  maxWriteBatchSize: MAX_WRITES,
  localTime: new Date(clock.now()),
  connectionId: client.connectionId,
  minWireVersion: 0,
  maxWireVersion: MAX_WIRE_VERSION,
  readOnly: false,
  embeddedToken: token,
});

export const buildInfo: Handler = () => ({
  version: VERSION,
  versionArray: [7, 0, 0, 0],
  gitVersion: "embedded",
  modules: [],
  bits: 64,
  debug: false,
  maxBsonObjectSize: MAX_DOCUMENT_BYTES,
});

export const ping: Handler = () => ({});
