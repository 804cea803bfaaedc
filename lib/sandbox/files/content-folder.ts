import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { access, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PRIVATE_FILE, PRIVATE_FOLDER } from "../../core/index.ts";

/** A range of bytes, both ends inclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/** A folder of file contents, written and read as streams. */
export class ContentFolder {
  private readonly wanted: string | undefined;
  /** Created at the first write, so that a simulation without files leaves nothing behind. */
  private created: Promise<string> | null = null;

  /** @param folder keeps the contents; without one, a temporary folder is used and deleted by `close`. */
  constructor(folder?: string) {
    this.wanted = folder;
  }

  /** Whether `close` deletes the contents. */
  get isTemporary(): boolean {
    return this.wanted === undefined;
  }

  /** Writes a content as it streams in. When the source fails, nothing is left of it. */
  async write(
    key: string,
    content: AsyncIterable<Uint8Array>,
  ): Promise<{ sha256: string; sizeBytes: number }> {
    const path = join(await this.folder(), key);
    const hash = createHash("sha256");
    try {
      await pipeline(
        content,
        async function* (chunks: AsyncIterable<Uint8Array>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            yield chunk;
          }
        },
        createWriteStream(`${path}.part`, { mode: PRIVATE_FILE }),
      );
      await rename(`${path}.part`, path);
    } catch (error) {
      await rm(`${path}.part`, { force: true });
      throw error;
    }
    return { sha256: hash.digest("hex"), sizeBytes: (await stat(path)).size };
  }

  async path(key: string): Promise<string> {
    return join(await this.folder(), key);
  }

  async has(key: string): Promise<boolean> {
    return access(await this.path(key)).then(
      () => true,
      () => false,
    );
  }

  async read(key: string, range?: ByteRange): Promise<Readable> {
    return createReadStream(await this.path(key), range ?? {});
  }

  async remove(key: string): Promise<void> {
    if (this.created) await rm(await this.path(key), { force: true });
  }

  async close(): Promise<void> {
    if (this.isTemporary && this.created) await rm(await this.created, { recursive: true, force: true });
    this.created = null;
  }

  private folder(): Promise<string> {
    this.created ??= this.create();
    return this.created;
  }

  private async create(): Promise<string> {
    if (this.wanted === undefined) return mkdtemp(join(tmpdir(), "simulated-telegram-"));
    await mkdir(this.wanted, { recursive: true, mode: PRIVATE_FOLDER });
    return this.wanted;
  }
}
