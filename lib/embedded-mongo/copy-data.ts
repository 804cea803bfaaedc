import { chmod, mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { open } from "lmdb";
import { errorMessage, OperatorError } from "../core/index.ts";

/** The data file may be exchanged while it is opened; twice in a row it is not. */
const MAX_ATTEMPTS = 5;

/**
 * Copies the data of an embedded database as it is at this moment, also while a server in another process uses it. Only
 * the owner may read the copy.
 * @throws OperatorError when the data cannot be read, or the copy cannot be written
 */
export async function copyEmbeddedData(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  try {
    for (let attempt = 1; ; attempt += 1) {
      const { ino } = await stat(join(from, "data.mdb"));
      await copyOnce(from, to);
      if ((await stat(join(from, "data.mdb"))).ino === ino || attempt === MAX_ATTEMPTS) break;
      await rm(join(to, "data.mdb"), { force: true });
    }
    await chmod(join(to, "data.mdb"), 0o600);
  } catch (error) {
    throw new OperatorError(`The data in ${from} cannot be copied: ${errorMessage(error)}`, {
      code: "EMBEDDED_MONGO_COPY",
      cause: error,
    });
  }
}

async function copyOnce(from: string, to: string): Promise<void> {
  const database = open({ path: from, readOnly: true, encoding: "binary", keyEncoding: "binary" });
  try {
    await database.backup(to, true);
  } finally {
    await database.close();
  }
}
