import { decodeDocument } from "../bson/decode.ts";
import { type Encodable, encodeDocument, encodeWithRaw, type RawBson } from "../bson/encode.ts";
import type { Document } from "../bson/values.ts";
import { CommandError } from "../errors.ts";
import type { Turns } from "../turns/turns.ts";
import { HEADER_BYTES } from "./frames.ts";

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
/** A receiver must know every set flag of the first 16 (OP_MSG specification). */
const MUST_KNOW = 0xffff;

/** A client's command. */
export interface Message {
  requestId: number;
  command: Document;
  /** Whether the client expects a reply. */
  wantsReply: boolean;
  /** Sent as OP_QUERY, as drivers do for the first handshake. */
  legacy: boolean;
  /** Why the command, though well-formed, is refused. */
  refusal?: CommandError;
}

/**
 * Reads a message, the documents of a batch in slices of time.
 * @throws RangeError or CommandError when it is malformed; the connection must then be closed
 */
export async function readMessage(frame: Buffer, turns: Turns): Promise<Message> {
  const requestId = frame.readInt32LE(4);
  const operation = frame.readInt32LE(12);
  if (operation === OP_MSG) return readOpMsg(frame, requestId, turns);
  if (operation === OP_QUERY) return readOpQuery(frame, requestId);
  throw new RangeError(`operation ${operation}`);
}

async function readOpMsg(frame: Buffer, requestId: number, turns: Turns): Promise<Message> {
  const flags = frame.readUInt32LE(HEADER_BYTES);
  if (flags & CHECKSUM_PRESENT || (flags & MUST_KNOW & ~MORE_TO_COME) !== 0)
    throw new RangeError(`flags ${flags}`);
  const wantsReply = (flags & MORE_TO_COME) === 0;
  try {
    return { requestId, command: await readSections(frame, turns), wantsReply, legacy: false };
  } catch (error) {
    if (!(error instanceof CommandError) || error.codeName === "FailedToParse") throw error;
    return { requestId, command: new Map(), wantsReply, legacy: false, refusal: error };
  }
}

/** The body, with the document sequences as further arguments. */
async function readSections(frame: Buffer, turns: Turns): Promise<Document> {
  let body: Document | undefined;
  const sequences = new Map<string, Document[]>();
  let at = HEADER_BYTES + 4;
  while (at < frame.length) {
    const kind = frame.readUInt8(at);
    const size = frame.readInt32LE(at + 1);
    const end = at + 1 + size;
    if (size < 5 || end > frame.length) throw new RangeError("a section runs past the message");
    const section = frame.subarray(at + 1, end);
    if (kind === 0 && !body) body = decodeDocument(section);
    else if (kind === 1) await readSequence(section, sequences, turns);
    else throw new RangeError(`section ${kind}`);
    at = end;
  }
  if (!body) throw new RangeError("no body");
  for (const [name, documents] of sequences) {
    if (body.has(name)) throw new CommandError("FailedToParse", `'${name}' is given twice`);
    body.set(name, documents);
  }
  return body;
}

/** A document sequence: its size, the argument's name, and the documents. */
async function readSequence(
  section: Buffer,
  sequences: Map<string, Document[]>,
  turns: Turns,
): Promise<void> {
  const nameEnd = section.indexOf(0, 4);
  const name = section.toString("utf8", 4, nameEnd);
  if (nameEnd < 0 || sequences.has(name)) throw new RangeError("a malformed sequence");
  const documents: Document[] = [];
  let slice = turns.slice();
  for (let at = nameEnd + 1; at < section.length; at += section.readInt32LE(at)) {
    documents.push(decodeDocument(section, at));
    if (!slice.isOver()) continue;
    await turns.next();
    slice = turns.slice();
  }
  sequences.set(name, documents);
}

/** Flags, collection, numbers to skip and to return, then the query. Only for the first handshake. */
function readOpQuery(frame: Buffer, requestId: number): Message {
  const nameEnd = frame.indexOf(0, HEADER_BYTES + 4);
  if (nameEnd < 0) throw new RangeError("no collection name");
  const namespace = frame.toString("utf8", HEADER_BYTES + 4, nameEnd);
  const command = decodeDocument(frame, nameEnd + 9);
  command.set("$db", namespace.split(".")[0] ?? "");
  return { requestId, command, wantsReply: true, legacy: true };
}

/** A command as a client sends it. */
export function writeCommand(command: Document): Buffer {
  return framed([encodeDocument(command)], { requestId: 0, legacy: false }, 1);
}

/** A reply, in the protocol of its message. */
export function writeReply(
  message: Pick<Message, "requestId" | "legacy">,
  reply: Readonly<Record<string, Encodable | RawBson>>,
  replyId: number,
): Buffer {
  return framed(encodeWithRaw(reply), message, replyId);
}

function framed(
  body: readonly Buffer[],
  { requestId, legacy }: Pick<Message, "requestId" | "legacy">,
  id: number,
): Buffer {
  const head = Buffer.alloc(legacy ? HEADER_BYTES + 20 : HEADER_BYTES + 5);
  head.writeInt32LE(id, 4);
  head.writeInt32LE(requestId, 8);
  head.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  if (legacy) head.writeInt32LE(1, HEADER_BYTES + 16); // one document; no flags, no cursor
  const frame = Buffer.concat([head, ...body]);
  frame.writeInt32LE(frame.length, 0);
  return frame;
}
