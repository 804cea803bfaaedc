import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { deserialize, serialize } from "bson";
import { expect } from "chai";
import { type Binary, MinKey, MongoClient, MongoServerError } from "mongodb";
import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";
import { startScramClient } from "./scram-client.ts";

const OP_MSG = 2013;
const OP_QUERY = 2004;
const PING = { ping: 1, $db: "admin" };

function message(
  body: Uint8Array,
  { operation = OP_MSG, length = 16 + body.length, requestId = 7 } = {},
): Buffer {
  const head = Buffer.alloc(16);
  head.writeInt32LE(length, 0);
  head.writeInt32LE(requestId, 4);
  head.writeInt32LE(operation, 12);
  return Buffer.concat([head, body]);
}

/** The flags and sections of an OP_MSG. */
function sections(flags: number, ...parts: Uint8Array[]): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(flags);
  return Buffer.concat([head, ...parts]);
}

const body = (document: object): Buffer => Buffer.concat([Buffer.of(0), serialize(document)]);

function sequence(name: string, documents: object[], extra = 0): Buffer {
  const content = Buffer.concat([
    Buffer.from(`${name}\0`),
    ...documents.map((document) => serialize(document)),
  ]);
  const size = Buffer.alloc(4);
  size.writeInt32LE(4 + content.length + extra);
  return Buffer.concat([Buffer.of(1), size, content]);
}

function badBson(
  change: (bytes: Buffer) => void,
  document: object = { ping: 1, s: "text", $db: "a" },
): Buffer {
  const bytes = Buffer.from(serialize(document));
  change(bytes);
  return message(sections(0, Buffer.of(0), bytes));
}

describe("a connection to the embedded MongoDB", () => {
  let server: EmbeddedMongo;
  let socket: Socket;

  before(async () => {
    server = await startEmbeddedMongo({ clock: systemClock, logger: silentLogger });
  });

  beforeEach(async () => {
    socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    await authenticate();
  });

  afterEach(() => socket.destroy());

  after(() => server.close());

  async function reply(head = 21): Promise<Record<string, unknown> & { responseTo: number }> {
    const [bytes] = (await once(socket, "data")) as [Buffer];
    return { responseTo: bytes.readInt32LE(8), ...deserialize(bytes.subarray(head)) };
  }

  async function authenticate(): Promise<void> {
    const scram = startScramClient(server.uri);
    const exchange = async (document: object): Promise<string> => {
      socket.write(message(sections(0, body({ ...document, $db: "admin" }))));
      const { payload } = await reply();
      return (payload as Binary).toString("utf8");
    };
    const start = { saslStart: 1, mechanism: "SCRAM-SHA-256", payload: Buffer.from(scram.first) };
    const serverFirst = await exchange(start);
    await exchange({ saslContinue: 1, payload: Buffer.from(scram.final(serverFirst)) });
  }

  /** Checks that the connection still answers. */
  async function expectAlive(): Promise<void> {
    socket.write(message(sections(0, body(PING)), { requestId: 99 }));
    expect(await reply()).to.include({ ok: 1, responseTo: 99 });
  }

  const MALFORMED: Record<string, Buffer> = {
    "a length below the header's": message(Buffer.alloc(0), { length: 15 }),
    "a negative length": message(Buffer.alloc(0), { length: -1 }),
    "a length over the limit": message(Buffer.alloc(0), { length: 48_000_001 }),
    "an operation of the past": message(Buffer.alloc(20), { operation: 2002 }),
    "no sections": message(sections(0)),
    "less than its flags": message(Buffer.alloc(2)),
    "a flag nobody knows": message(sections(1 << 5, body(PING))),
    "a checksum": message(sections(1, body(PING), Buffer.alloc(4))),
    "two bodies": message(sections(0, body(PING), body(PING))),
    "a section of an unknown kind": message(sections(0, body(PING), Buffer.from([9, 5, 0, 0, 0, 0]))),
    "a section past its end": message(sections(0, body(PING), sequence("documents", [{}], 50))),
    "a sequence without documents' ends": message(sections(0, body(PING), Buffer.from([1, 5, 0, 0, 0, 65]))),
    "an argument twice": message(
      sections(0, body({ insert: "a", documents: [], $db: "a" }), sequence("documents", [{}])),
    ),
    "a document longer than its message": badBson((bytes) => bytes.writeInt32LE(5_000, 0)),
    "a document shorter than its fields": badBson((bytes) => bytes.writeInt32LE(12, 0)),
    "a string longer than its document": badBson((bytes) =>
      bytes.writeInt32LE(5_000, bytes.indexOf("text") - 4),
    ),
    "a string of negative length": badBson((bytes) => bytes.writeInt32LE(-4, bytes.indexOf("text") - 4)),
    "a string that is not UTF-8": badBson((bytes) => bytes.writeUInt8(0xff, bytes.indexOf("text"))),
    "an unterminated string": badBson((bytes) => bytes.writeUInt8(65, bytes.indexOf("text") + 4)),
    "a name without end": badBson((bytes) => bytes.fill(65, 5)),
    "a boolean of 7": badBson((bytes) => bytes.writeUInt8(7, bytes.length - 2), { ping: 1, b: true }),
    "an old query without a name": message(Buffer.from([0, 0, 0, 0, 65, 65]), { operation: OP_QUERY }),
    "random bytes": Buffer.from(Array.from({ length: 400 }, (_, index) => (index * 7919) % 256)),
  };

  for (const [what, bytes] of Object.entries(MALFORMED)) {
    it(`is closed by ${what}, while others stay open`, async () => {
      socket.on("error", () => {}); // reset and closed are both fine
      socket.write(bytes);
      await once(socket, "close");
      socket = connect(server.port, "127.0.0.1");
      await expectAlive();
    });
  }

  it("refuses a document that is nested too deeply, and stays open", async () => {
    let nested: object = {};
    for (let depth = 0; depth < 250; depth += 1) nested = { a: nested };
    socket.write(message(sections(0, body({ ping: 1, nested, $db: "a" }))));
    expect(await reply()).to.include({ ok: 0, code: 15 });
    await expectAlive();
  });

  it("answers fragmented messages, and several in one packet, in order", async () => {
    const bytes = message(sections(0, body(PING)));
    for (const byte of bytes.subarray(0, 30)) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.write(bytes.subarray(30));
    expect(await reply()).to.include({ ok: 1, responseTo: 7 });
    socket.write(
      Buffer.concat([1, 2, 3].map((requestId) => message(sections(0, body(PING)), { requestId }))),
    );
    let received = Buffer.alloc(0);
    const replyTo: number[] = [];
    while (replyTo.length < 3) {
      const [chunk] = (await once(socket, "data")) as [Buffer];
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= received.readInt32LE()) {
        replyTo.push(received.readInt32LE(8));
        received = received.subarray(received.readInt32LE());
      }
    }
    expect(replyTo).to.deep.equal([1, 2, 3]);
  });

  it("accepts a document sequence before or after the body", async () => {
    const insert = { insert: "sequences", $db: "wire" };
    const documents = [{ _id: 1 }, { _id: 2 }];
    socket.write(message(sections(0, sequence("documents", documents), body(insert))));
    expect(await reply()).to.include({ ok: 1, n: 2 });
  });

  it("executes a message with moreToCome without replying", async () => {
    socket.write(message(sections(2, body({ insert: "silent", documents: [{ _id: 1 }], $db: "wire" }))));
    socket.write(message(sections(2, body({ nonsense: 1, $db: "wire" }))));
    socket.write(message(sections(0, body({ count: "silent", $db: "wire" })), { requestId: 5 }));
    expect(await reply()).to.include({ ok: 1, n: 1, responseTo: 5 });
  });

  it("accepts only the handshake as OP_QUERY", async () => {
    const query = (document: object) =>
      message(
        Buffer.concat([Buffer.alloc(4), Buffer.from("admin.$cmd\0"), Buffer.alloc(8), serialize(document)]),
        {
          operation: OP_QUERY,
        },
      );
    socket.write(query({ ismaster: 1, helloOk: true }));
    expect(await reply(36)).to.include({ ok: 1, helloOk: true, ismaster: true });
    socket.write(query({ find: "a" }));
    expect(await reply(36)).to.include({ ok: 0, code: 352 });
  });

  it("refuses a value of an unsupported type, and stays open", async () => {
    const client = new MongoClient(server.uri);
    const things = client.db("wire").collection("minkeys");
    const failed = await things.insertOne({ a: new MinKey() }).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(MongoServerError).and.to.include({ code: 115 });
    await client.close();
    await expectAlive();
  });

  it("survives a client that disconnects in the middle of a message", async () => {
    socket.write(message(sections(0, body(PING))).subarray(0, 25));
    socket.resetAndDestroy();
    socket = connect(server.port, "127.0.0.1");
    socket.write(message(sections(0, body({ count: "silent", $db: "wire" }))));
    socket.resetAndDestroy();
    socket = connect(server.port, "127.0.0.1");
    await expectAlive();
  });
});
