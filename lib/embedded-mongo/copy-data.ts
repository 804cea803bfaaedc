import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { open } from "lmdb";
import { errorMessage, OperatorError } from "../core/index.ts";

/**
 * Copies the data of an embedded database as it is at this moment, also while a server in another process uses it. Only
 * the owner may read the copy.
 * @throws OperatorError when the data cannot be read, or the copy cannot be written
 */
export async function copyEmbeddedData(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  try {
    const database = open({ path: from, readOnly: true, encoding: "binary", keyEncoding: "binary" });
    try {
      await database.backup(to, true);
    } finally {
      await database.close();
    }
    await chmod(join(to, "data.mdb"), 0o600);
  } catch (error) {
    throw new OperatorError(`The data in ${from} cannot be copied: ${errorMessage(error)}`, {
      code: "EMBEDDED_MONGO_COPY",
      cause: error,
    });
  }
}
