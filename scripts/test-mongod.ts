import { spawn } from "node:child_process";
import { once } from "node:events";
import { MongoBinary, MongoMemoryServer } from "mongodb-memory-server";
import { errorMessage } from "../lib/core/index.ts";

/** Runs the tests that must pass on any MongoDB, those of the store and the behaviour suite, on a real mongod. */
const SPECS = ["test/store/**/*.test.ts", "test/embedded-mongo/behaviour/**/*.test.ts"];

const binary = await findMongod();
if (binary !== undefined) process.exitCode = await testAgainst(binary);

/** Starts an installed mongod (`MONGOMS_SYSTEM_BINARY`) or a downloaded one; undefined where neither is available. */
async function findMongod(): Promise<string | undefined> {
  try {
    return await MongoBinary.getPath();
  } catch (error) {
    const [why] = errorMessage(error).split(/, Details:|\n/);
    console.log(`No mongod to test against: set MONGOMS_SYSTEM_BINARY, or allow its download (${why}).`);
    return undefined;
  }
}

async function testAgainst(systemBinary: string): Promise<number> {
  const mongod = await MongoMemoryServer.create({ binary: { systemBinary } });
  try {
    const args = [
      "--no-install",
      "mocha",
      "--timeout",
      "60000",
      ...SPECS.flatMap((spec) => ["--spec", spec]),
    ];
    const tests = spawn("npx", args, {
      stdio: "inherit",
      shell: process.platform === "win32",
      env: { ...process.env, MONGODB_URI: mongod.getUri() },
    });
    const [code] = (await once(tests, "exit")) as [number | null];
    return code ?? 1;
  } finally {
    await mongod.stop();
  }
}
