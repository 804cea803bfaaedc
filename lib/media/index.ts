export {
  createIncomingFiles,
  type FileProblem,
  type IncomingFiles,
  type IncomingFilesOptions,
  type ReceivedFile,
  type ReceivedFiles,
} from "./incoming.ts";
export { createOutgoingFiles, type FileIds, type FileKey, type OutgoingFilesOptions } from "./outgoing.ts";
