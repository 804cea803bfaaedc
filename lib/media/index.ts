export {
  type FileProblem,
  IncomingFiles,
  type IncomingFilesOptions,
  type ReceivedFile,
  type ReceivedFiles,
} from "./incoming.ts";
export { OutgoingFiles, type OutgoingFilesOptions } from "./outgoing.ts";
