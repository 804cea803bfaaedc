import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type Document, deserialize, serialize } from "bson";
import { FrameReader } from "../../../lib/embedded-mongo/wire/frames.ts";

const OP_MSG = 2013;
const HEADER_BYTES = 16;
/** The message header, the flags, and the kind of the first section. */
const BODY_AT = HEADER_BYTES + 5;

/** A proxy in front of a MongoDB that answers some commands itself. */
export interface RefusingMongo {
  readonly port: number;
  /** Answers these commands with this reply from now on; without a reply they are passed on again. */
  refuse(commands: readonly string[], reply?: Document): void;
  close(): Promise<void>;
}

export async function startRefusingMongo(targetPort: number): Promise<RefusingMongo> {
  const sockets = new Set<Socket>();
  let refused: { commands: readonly string[]; reply: Document } | undefined;

  const server = createServer((near) => {
    const far = connect(targetPort, "127.0.0.1");
    const frames = new FrameReader();
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {}); // closed in the middle, at the end of a test
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on("data", (chunk: Buffer) => {
      frames.push(chunk);
      for (let frame = frames.next(); frame; frame = frames.next()) {
        if (refused?.commands.includes(commandOf(frame))) near.write(replyTo(frame, refused.reply));
        else far.write(frame);
      }
    });
    far.on("data", (chunk: Buffer) => near.write(chunk));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    port: (server.address() as AddressInfo).port,
    refuse(commands, reply) {
      refused = reply && { commands, reply };
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** The name of an OP_MSG's command; its first section is the body, as the driver sends it. */
function commandOf(frame: Buffer): string {
  if (frame.readInt32LE(12) !== OP_MSG) return "";
  const size = frame.readInt32LE(BODY_AT);
  return Object.keys(deserialize(frame.subarray(BODY_AT, BODY_AT + size)))[0] ?? "";
}

function replyTo(frame: Buffer, reply: Document): Buffer {
  const body = serialize(reply);
  const head = Buffer.alloc(BODY_AT);
  head.writeInt32LE(BODY_AT + body.length, 0);
  head.writeInt32LE(frame.readInt32LE(4), 8);
  head.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([head, body]);
}
