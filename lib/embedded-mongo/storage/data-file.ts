import { type FileHandle, open } from "node:fs/promises";
import { errorCode } from "../../core/index.ts";

/*
 * The layout of lmdb's data file (data format 2 of its `mdb.c`), in little-endian numbers:
 * page: number at 0, flags 18, end of the pointers 20 (or the number of overflow pages), start of the nodes 22, pointers 24;
 * node: data size or child page at 0, flags 4, key size 6, key 8;
 * tree: depth at 6, root page 40;
 * meta page, after the page's header: magic at 0, version 4, two trees 24 and 72, transaction 128.
 */
const HEADER_BYTES = 24;
const META_BYTES = HEADER_BYTES + 136;
const NODE_BYTES = 8;
const TREE_BYTES = 48;
const MAGIC = 0xbeefc0de;
const VERSION = 2;
const BRANCH = 1;
const LEAF = 2;
const OVERFLOW = 4;
const META = 8;
/** Node flags: the data is on overflow pages; the data is a tree. */
const BIG_DATA = 1;
const SUB_TREE = 2;
/** The root of an empty tree. */
const NO_PAGE = 2n ** 64n - 1n;
/** Deeper than any tree (`CURSOR_STACK`). */
const MAX_DEPTH = 32;
const PAGE_SIZES: readonly number[] = [4_096, 8_192, 16_384, 32_768, 65_536];
/** Read at once, since the pages of a level are mostly close to each other. */
const WINDOW_BYTES = 1024 * 1024;

interface Tree {
  depth: number;
  root: bigint;
}

/**
 * Looks for damage in lmdb's data file. lmdb itself maps the file, so that a missing or overwritten page ends the process
 * by a signal. Checks the meta pages and the structure of every page in use, but not the stored values: there are no
 * checksums.
 * @returns what is wrong, or undefined when nothing is or there is no file yet
 */
export async function findDamage(file: string): Promise<string | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, "r");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    if (size > 0) await new DataFile(handle, size).check();
    return undefined;
  } catch (error) {
    if (error instanceof Damage) return error.message;
    throw error;
  } finally {
    await handle.close();
  }
}

class Damage extends Error {}

class DataFile {
  readonly #handle: FileHandle;
  readonly #size: number;
  #pageSize = 0;
  #window = { start: 0, bytes: Buffer.alloc(0) };

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  async check(): Promise<void> {
    const first = await this.#meta(0);
    this.#pageSize = first.readUInt32LE(24); // a field of the first tree
    if (!PAGE_SIZES.includes(this.#pageSize)) throw new Damage("its header is overwritten");
    const second = await this.#meta(this.#pageSize);
    const newest = first.readBigUInt64LE(128) >= second.readBigUInt64LE(128) ? first : second;
    await this.#checkTrees([treeAt(newest, 24), treeAt(newest, 72)]);
  }

  async #meta(at: number): Promise<Buffer> {
    const page = await this.#read(at, META_BYTES);
    const meta = Buffer.from(page.subarray(HEADER_BYTES));
    const isValid =
      (page.readUInt16LE(18) & META) !== 0 &&
      meta.readUInt32LE(0) === MAGIC &&
      (meta.readUInt32LE(4) & 0xffff) === VERSION;
    if (!isValid) throw new Damage("its header is overwritten");
    return meta;
  }

  /** Checks each tree level by level; trees that leaves contain are appended. */
  async #checkTrees(trees: Tree[]): Promise<void> {
    for (const { depth, root } of trees) {
      if (root === NO_PAGE) continue;
      if (depth < 1 || depth > MAX_DEPTH) throw new Damage("a tree has an impossible depth");
      let level = [Number(root)];
      for (let height = depth - 1; height >= 0; height -= 1) {
        const below: number[] = [];
        for (const number of level.toSorted((a, b) => a - b)) {
          const page = await this.#page(number, height > 0 ? BRANCH : LEAF);
          if (height > 0) below.push(...childrenOf(page));
          else await this.#checkLeaf(page, trees);
        }
        if (below.length * this.#pageSize > this.#size) throw new Damage("a page is in use twice");
        level = below;
      }
    }
  }

  async #checkLeaf(page: Buffer, trees: Tree[]): Promise<void> {
    const overflows: { number: bigint; dataSize: number }[] = [];
    for (const node of nodesOf(page)) {
      const dataSize = page.readUInt32LE(node);
      const flags = page.readUInt16LE(node + 4);
      const data = node + NODE_BYTES + page.readUInt16LE(node + 6);
      const isBig = (flags & BIG_DATA) !== 0;
      if (data + (isBig ? 8 : dataSize) > page.length) throw new Damage("an entry runs past its page");
      if (isBig) overflows.push({ number: page.readBigUInt64LE(data), dataSize });
      else if ((flags & SUB_TREE) !== 0 && dataSize >= TREE_BYTES) trees.push(treeAt(page, data));
    }
    for (const { number, dataSize } of overflows) await this.#checkOverflow(Number(number), dataSize);
  }

  async #checkOverflow(number: number, dataSize: number): Promise<void> {
    const page = await this.#page(number, OVERFLOW, HEADER_BYTES);
    const end = (number + page.readUInt32LE(20)) * this.#pageSize;
    if (end > this.#size) throw this.#tooShort(end);
    if (number * this.#pageSize + HEADER_BYTES + dataSize > end) throw overwritten(number);
  }

  async #page(number: number, kind: number, bytes = this.#pageSize): Promise<Buffer> {
    const page = await this.#read(number * this.#pageSize, bytes);
    const isRight = page.readBigUInt64LE(0) === BigInt(number) && (page.readUInt16LE(18) & 0xff) === kind;
    if (!isRight) throw overwritten(number);
    return page;
  }

  async #read(at: number, bytes: number): Promise<Buffer> {
    if (at + bytes > this.#size) throw this.#tooShort(at + bytes);
    const { start, bytes: read } = this.#window;
    if (at < start || at + bytes > start + read.length) {
      const window = Buffer.allocUnsafe(Math.min(WINDOW_BYTES, this.#size - at));
      const { bytesRead } = await this.#handle.read(window, 0, window.length, at);
      if (bytesRead < bytes) throw this.#tooShort(at + bytes);
      this.#window = { start: at, bytes: window.subarray(0, bytesRead) };
    }
    const offset = at - this.#window.start;
    return this.#window.bytes.subarray(offset, offset + bytes);
  }

  #tooShort(needed: number): Damage {
    return new Damage(`it has ${this.#size} bytes and should have at least ${needed}`);
  }
}

function overwritten(page: number): Damage {
  return new Damage(`page ${page} is overwritten`);
}

function treeAt(bytes: Buffer, at: number): Tree {
  return { depth: bytes.readUInt16LE(at + 6), root: bytes.readBigUInt64LE(at + 40) };
}

/** The offsets of a page's nodes, each of which has its key inside the page. */
function nodesOf(page: Buffer): number[] {
  const pointersBytes = page.readUInt16LE(20);
  const nodesStart = HEADER_BYTES + page.readUInt16LE(22);
  if (HEADER_BYTES + pointersBytes > nodesStart || nodesStart > page.length || pointersBytes % 2 !== 0) {
    throw new Damage("a page is overwritten");
  }
  const nodes: number[] = [];
  for (let pointer = HEADER_BYTES; pointer < HEADER_BYTES + pointersBytes; pointer += 2) {
    const node = HEADER_BYTES + page.readUInt16LE(pointer);
    const isInside = node >= nodesStart && node + NODE_BYTES <= page.length;
    if (!isInside || node + NODE_BYTES + page.readUInt16LE(node + 6) > page.length) {
      throw new Damage("an entry runs past its page");
    }
    nodes.push(node);
  }
  return nodes;
}

/** The child pages of a branch page; their numbers have 48 bits, of which the upper 16 are in the place of the flags. */
function childrenOf(page: Buffer): number[] {
  return nodesOf(page).map((node) => page.readUIntLE(node, 6));
}
