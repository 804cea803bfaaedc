import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { expect } from "chai";
import { OperatorError, systemClock } from "../../lib/core/index.ts";
import { connectError } from "../../lib/store/connect-error.ts";
import { openStore } from "../../lib/store/index.ts";
import { testDatabaseUri } from "../support/database.ts";
import { startRefusingMongo } from "../support/servers/refusing-mongo.ts";

/** The one line that an operator sees when the store cannot be opened. */
async function problemOf(uri: string, connectMs = 1_000): Promise<string> {
  const error = await openStore({
    uri,
    database: "helpline",
    maxPoolSize: 1,
    minPoolSize: 0,
    connectMs,
    clock: systemClock,
  }).catch((failure: unknown) => failure);
  expect(error).to.be.instanceOf(OperatorError);
  const { message } = error as Error;
  expect(message).not.to.include("\n").and.not.include("cretpw");
  return message;
}

describe("a database that cannot be connected to", () => {
  let port: number;
  /** Closes each connection as soon as something arrives, as a server without TLS does. */
  let closing: Server;
  /** What comes after the whole time to connect: begun together. */
  let late: Record<"absent" | "withoutTls" | "closing" | "otherSet", Promise<string>>;

  before(async () => {
    port = Number(new URL(await testDatabaseUri()).port);
    closing = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", () => socket.destroy());
    }).listen(0, "127.0.0.1");
    await once(closing, "listening");
    const { port: closingPort } = closing.address() as AddressInfo;
    late = {
      absent: problemOf("mongodb://127.0.0.1:1/"),
      withoutTls: problemOf(`mongodb://127.0.0.1:${closingPort}/?tls=true`),
      closing: problemOf(`mongodb://127.0.0.1:${closingPort}/`),
      otherSet: problemOf(`mongodb://127.0.0.1:${port}/?replicaSet=rs7`),
    };
    for (const problem of Object.values(late)) problem.catch(() => undefined); // reported by its test
  });

  after(() => {
    closing.close();
  });

  it("is named with the reason when a password is refused, by MongoDB or by Atlas", async () => {
    const proxy = await startRefusingMongo(port);
    for (const reply of [
      { ok: 0, errmsg: "bad auth : Authentication failed.", code: 8000, codeName: "AtlasError" },
      { ok: 0, errmsg: "Authentication failed.", code: 18, codeName: "AuthenticationFailed" },
    ]) {
      proxy.refuse(["saslStart"], reply);
      const problem = await problemOf(
        `mongodb://me:secretpw@127.0.0.1:${proxy.port}/?directConnection=true`,
        5_000, // the refusal comes at once
      );
      expect(problem).to.include(`127.0.0.1:${proxy.port} refuses the name or password in MONGODB_URI`);
      expect(problem).to.include("Authentication failed").and.include("percent-encoded");
    }
    await proxy.close();
  });

  it("is named with the reason when it is not running", async () => {
    expect(await late.absent).to.match(/127\.0\.0\.1:1 \(.*ECONNREFUSED.*\)\. Is it running/);
  });

  it("is named when DNS does not know it", () => {
    const error = connectError(
      { hosts: [], srvHost: "cluster.example.net", tls: true },
      new Error("querySrv ENOTFOUND _mongodb._tcp.cluster.example.net"),
    );
    expect(error.message).to.match(/^No MongoDB is found for cluster\.example\.net \(querySrv ENOTFOUND/);
  });

  it("is named with the reason when it does not speak TLS", async () => {
    expect(await late.withoutTls).to.match(/\(.*(TLS|ECONNRESET).*over TLS\)/);
    expect(await late.closing).to.match(/\(connection .* closed\)/);
  });

  it("is named with the replica set it is no member of", async () => {
    expect(await late.otherSet).to.match(/is no member of the replica set "rs7"/);
  });

  for (const character of ["@", ":", "/", "?", "#", "%"]) {
    it(`gets a hint to percent-encode when its password contains ${character}`, async () => {
      const problem = await problemOf(`mongodb://me:se${character}cretpw@127.0.0.1:${port}/`);
      expect(problem).to.match(/^MONGODB_URI cannot be read: .*percent-encoded/);
    });
  }
});
