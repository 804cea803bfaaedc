export { type BackoffOptions, backoffMs } from "./backoff.ts";
export { createBatcher, type InCallers, ItemFailure } from "./batcher.ts";
export { type ChildController, childOf } from "./child-signal.ts";
export { type Clock, cautiousNow, systemClock } from "./clock.ts";
export { endsWithin, withDeadline } from "./deadline.ts";
export {
  AppError,
  type AppErrorDetails,
  CancelledError,
  errorCode,
  errorMessage,
  isCancellation,
  OperatorError,
} from "./errors.ts";
export { type ArrayReader, decodeArrays, encodeArrays } from "./files/array-file.ts";
export { type LearntFiles, openLearntFiles, readLearnt } from "./files/learnt-files.ts";
export {
  makePrivateFolder,
  PRIVATE_FILE,
  PRIVATE_FOLDER,
  type PrivateFolderOptions,
} from "./files/private-files.ts";
export { HOME_LOST, homeLost } from "./home-lost.ts";
export { createPseudonyms, fingerprint, type Pseudonym } from "./ids.ts";
export {
  createLogger,
  hideSecrets,
  LOG_FORMATS,
  LOG_LEVELS,
  type LogFields,
  type Logger,
  silentLogger,
} from "./logger.ts";
export { isLoopback } from "./net.ts";
export { type ProxySettings, proxyFor } from "./proxy.ts";
export { Slices } from "./slices.ts";
