import { once } from "node:events";
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serialize } from "bson";
import { expect } from "chai";
import { MongoClient } from "mongodb";
import { silentLogger } from "../../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

describe("another user of the machine", () => {
  let clock: FakeClock;
  let server: EmbeddedMongo;
  const clients: MongoClient[] = [];

  before(async () => {
    clock = new FakeClock();
    server = await startEmbeddedMongo({ clock, logger: silentLogger });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
  });

  after(() => server.close());

  function clientOf(uri: string): MongoClient {
    const client = new MongoClient(uri, { serverSelectionTimeoutMS: 20_000 });
    clients.push(client);
    return client;
  }

  function withPassword(password: string): string {
    const uri = new URL(server.uri);
    uri.password = password;
    return uri.href;
  }

  it("can neither read nor write without the password", async () => {
    const { port } = server;
    const strange = clientOf(`mongodb://127.0.0.1:${port}/`).db("helpline");
    const attacks = [
      () => strange.collection("messages").findOne({}),
      () => strange.collection("messages").insertOne({ text: "forged" }),
      () => strange.dropDatabase(),
      () => strange.admin().listDatabases(),
      () => strange.collection("messages").aggregate([]).toArray(),
    ];
    for (const attack of attacks) {
      const failure = await attack().then(
        () => "no failure",
        (error: unknown) => error,
      );
      expect(codeOf(failure), String(failure)).to.equal(13);
    }
  });

  it("is not let in with a wrong password, a wrong name or another server's password", async () => {
    const other = await startEmbeddedMongo({ clock, logger: silentLogger });
    const wrongName = new URL(server.uri);
    wrongName.username = "admin";
    const guesses = [withPassword("guess"), wrongName.href, withPassword(new URL(other.uri).password)];
    for (const guess of guesses) {
      const failure = await clientOf(guess)
        .db("a")
        .command({ find: "b" })
        .catch((error: unknown) => error);
      expect(codeOf(failure), String(failure)).to.equal(18);
    }
    await other.close();
  });

  it("is not let in by a proof it made up", async () => {
    const socket = await open();
    const first = await command(socket, {
      saslStart: 1,
      mechanism: "SCRAM-SHA-256",
      payload: Buffer.from("n,,n=helpline,r=nonce"),
    });
    expect(first).to.include("r=nonce");
    const last = await command(socket, {
      saslContinue: 1,
      payload: Buffer.from(`c=biws,r=nonceANOTHERNONCE,p=${Buffer.alloc(32).toString("base64")}`),
    });
    expect(last).to.include("Authentication failed");
    expect(await command(socket, { find: "messages" })).to.include("requires authentication");
    socket.destroy();
  });

  it("may not make the server hold more than a handshake", async () => {
    const socket = await open();
    const head = Buffer.alloc(16);
    head.writeInt32LE(1_000_000);
    socket.write(head);
    await once(socket, "close");
  });

  it("loses a connection on which a message does not arrive in full, however steadily it trickles", async () => {
    const socket = await open();
    const [answered] = await Promise.all([once(socket, "data"), command(socket, { ping: 1 })]);
    expect(answered).to.have.length(1);
    const head = Buffer.alloc(16);
    head.writeInt32LE(10_000);
    let isClosed = false;
    socket.on("close", () => {
      isClosed = true;
    });
    socket.write(head);
    // A byte each second, for far longer than a message may take.
    for (let second = 0; second < 1_000 && !isClosed; second += 1) {
      socket.write(Buffer.of(0));
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve)); // on its way
      await clock.advance(1_000);
    }
    expect(isClosed).to.equal(true);
  });

  it("cannot keep the bot out by opening many connections", async () => {
    const sockets: Socket[] = [];
    for (let opened = 0; opened < 300; opened += 1) sockets.push(await open());
    await clientOf(server.uri).db("a").command({ ping: 1 });
    const [oldest] = sockets;
    if (oldest && !oldest.closed) await once(oldest, "close");
    for (const socket of sockets) socket.destroy();
  });

  async function open(): Promise<Socket> {
    const socket = connect(server.port, "127.0.0.1").setNoDelay();
    socket.on("error", () => {}); // the server may reset it
    await once(socket, "connect");
    return socket;
  }

  function frame(document: object): Buffer {
    const body = serialize({ ...document, $db: "admin" });
    const head = Buffer.alloc(21);
    head.writeInt32LE(21 + body.length, 0);
    head.writeInt32LE(2013, 12);
    return Buffer.concat([head, body]);
  }

  async function command(socket: Socket, document: object): Promise<string> {
    socket.write(frame(document));
    const [bytes] = (await once(socket, "data")) as [Buffer];
    return bytes.toString("latin1");
  }
});

describe("the files of the embedded MongoDB", () => {
  let folder: string;
  let umask: number;
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "embedded-mongo-access-"));
    umask = process.umask(0);
    warnings.length = 0;
  });

  afterEach(async () => {
    process.umask(umask);
    await rm(folder, { recursive: true });
  });

  async function openToOthers(path: string): Promise<string[]> {
    const names = [".", ...(await readdir(path, { recursive: true }))];
    const modes = await Promise.all(names.map(async (name) => (await stat(join(path, name))).mode));
    return names.filter((_, index) => ((modes[index] ?? 0) & 0o077) !== 0);
  }

  async function writeSomething(path: string): Promise<void> {
    const server = await startEmbeddedMongo({ path, clock: new FakeClock(), logger });
    const client = new MongoClient(server.uri);
    await client.db("a").collection("b").insertOne({ text: "secret" });
    expect(await openToOthers(path)).to.deep.equal([]);
    await client.close();
    await server.close();
  }

  it("belong to the bot's user alone, whatever the umask", async () => {
    const path = join(folder, "mongodb");
    await writeSomething(path);
    expect(await openToOthers(path)).to.deep.equal([]);
    expect(warnings).to.deep.equal([]);
  });

  it("of an earlier version are closed to others at the start, which is said", async () => {
    const path = join(folder, "mongodb");
    await writeSomething(path);
    await writeFile(join(path, "left-over"), "text");
    for (const name of [".", "data.mdb", "lock.mdb"]) await chmod(join(path, name), 0o755);
    await writeSomething(path);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.include("could read the data");
  });

  it("are hidden from others while they are temporary", async () => {
    const { TMPDIR } = process.env;
    process.env.TMPDIR = folder;
    try {
      await chmod(folder, 0o700);
      const server = await startEmbeddedMongo({ clock: new FakeClock(), logger });
      expect(await openToOthers(folder)).to.deep.equal([]);
      await server.close();
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    }
  });
});
