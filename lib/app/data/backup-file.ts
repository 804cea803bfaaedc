import { createReadStream } from "node:fs";
import { chmod, open, rename, rm } from "node:fs/promises";
import { PassThrough, pipeline, Readable, type Transform } from "node:stream";
import { pipeline as ends } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { createGunzip, createGzip } from "node:zlib";
import { Decrypter, Encrypter } from "age-encryption";
import { errorCode, errorMessage, OperatorError } from "../../core/index.ts";
import { damagedBackup } from "../../store/index.ts";

/** How files of `age` begin (age-encryption.org), and those of gzip. */
const AGE_START = "age-encryption.org/";
const GZIP_START = Buffer.from([0x1f, 0x8b]);

/** How a backup is encrypted. */
export interface Encryption {
  passphrase: string;
  /** The binary logarithm of the work of scrypt; 18, age's default, takes about a second. */
  workFactor?: number;
}

/**
 * Writes a file that only its owner may read, whole or not at all: compressed with gzip, and with a passphrase encrypted
 * as by `age --passphrase`.
 * @throws OperatorError BACKUP_FILE when there is such a file already, or it cannot be written
 */
export async function writeBackupFile(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  encryption?: Encryption,
): Promise<void> {
  const draft = `${path}.part`;
  const compressed = pipeline(Readable.from(bytes, { objectMode: false }), createGzip(), ignoreEnd);
  try {
    if (await exists(path))
      throw new OperatorError(`${path} is there already: choose another name.`, { code: "BACKUP_FILE" });
    const file = await open(draft, "w", 0o600);
    try {
      await chmod(draft, 0o600); // an earlier draft keeps its own mode
      const content = encryption === undefined ? compressed : await encrypted(compressed, encryption);
      await ends(content, file.createWriteStream({ flush: true }));
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    compressed.destroy();
    await rm(draft, { force: true });
    throw isFileProblem(error) ? unwritable(path, error) : error;
  }
}

/** Whether a passphrase is needed to read a file. */
export async function isEncrypted(path: string): Promise<boolean> {
  return (await startOf(path)).toString("latin1").startsWith(AGE_START);
}

/**
 * Reads what `writeBackupFile` wrote, or an archive of `mongodump`, compressed or not.
 * @throws OperatorError BACKUP_PASSPHRASE, BACKUP_FILE or BACKUP_DAMAGED
 */
export async function* readBackupFile(path: string, passphrase?: string): AsyncGenerator<Uint8Array> {
  const needsPassphrase = await isEncrypted(path);
  const stored = createReadStream(path);
  try {
    const archive = needsPassphrase ? await decrypted(stored, passphrase) : stored;
    yield* unpacked(archive);
  } catch (error) {
    throw error instanceof OperatorError ? error : damagedBackup(errorMessage(error), error);
  } finally {
    stored.destroy();
  }
}

async function* unpacked(stored: Readable): AsyncGenerator<Uint8Array> {
  const chunks = stored[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const { done, value: first } = await chunks.next();
  if (done) return;
  async function* all(): AsyncGenerator<Buffer> {
    yield first as Buffer;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  const isCompressed = Buffer.from(first).subarray(0, GZIP_START.length).equals(GZIP_START);
  const unpack: Transform = isCompressed ? createGunzip() : new PassThrough();
  yield* pipeline(Readable.from(all(), { objectMode: false }), unpack, ignoreEnd);
}

async function encrypted(content: Readable, { passphrase, workFactor = 18 }: Encryption): Promise<Readable> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(workFactor);
  return Readable.fromWeb((await encrypter.encrypt(toWeb(content))) as ReadableStream);
}

async function decrypted(stored: Readable, passphrase: string | undefined): Promise<Readable> {
  if (passphrase === undefined) {
    throw new OperatorError("The backup is encrypted: give its passphrase.", { code: "BACKUP_PASSPHRASE" });
  }
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return Readable.fromWeb((await decrypter.decrypt(toWeb(stored))) as ReadableStream);
  } catch (error) {
    if (!/no identity matched/.test(errorMessage(error))) throw error;
    throw new OperatorError("The passphrase is not the one that the backup was made with.", {
      code: "BACKUP_PASSPHRASE",
      cause: error,
    });
  }
}

/** Node and the package each declare the stream of the Web standard. */
function toWeb(stream: Readable): globalThis.ReadableStream<Uint8Array> {
  return Readable.toWeb(stream) as globalThis.ReadableStream<Uint8Array>;
}

/** A failed pipe destroys its streams with the error, which the reader of the last stream gets. */
function ignoreEnd(): void {}

async function startOf(path: string): Promise<Buffer> {
  try {
    const file = await open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(AGE_START.length), 0, AGE_START.length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new OperatorError(`${path} cannot be read: ${errorMessage(error)}`, {
      code: "BACKUP_FILE",
      cause: error,
    });
  }
}

async function exists(path: string): Promise<boolean> {
  const file = await open(path, "r").catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  });
  await file?.close();
  return file !== null;
}

function isFileProblem(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function unwritable(path: string, cause: unknown): OperatorError {
  return new OperatorError(`${path} cannot be written: ${errorMessage(cause)}`, {
    code: "BACKUP_FILE",
    cause,
  });
}
