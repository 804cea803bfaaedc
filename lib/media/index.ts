export {
  type FileProblem,
  IncomingFiles,
  type IncomingFilesOptions,
  type ReceivedFile,
  type ReceivedFiles,
} from "./incoming.ts";
export { type FileIds, type FileKey, OutgoingFiles, type OutgoingFilesOptions } from "./outgoing.ts";
