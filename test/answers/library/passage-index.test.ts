import { createHash } from "node:crypto";
import { expect } from "chai";
import {
  buildPassageIndex,
  decodePassageIndex,
  encodePassageIndex,
  PASSAGE_INDEX_VERSION,
  passagesKey,
} from "../../../lib/answers/library/passage-index.ts";
import { createPassageSearch } from "../../../lib/answers/library/passage-search.ts";
import { Slices } from "../../../lib/core/index.ts";
import { passages } from "../passages.ts";

describe("the file of an index of passages", () => {
  const key = passagesKey(passages);
  let file: Uint8Array<ArrayBuffer>;

  before(async () => {
    file = encodePassageIndex(key, await buildPassageIndex(passages, new Slices(5)));
  });

  it("finds the same as the index it was written from", async () => {
    const read = decodePassageIndex(key, file);
    if (!read) throw new Error("The file could not be read.");
    const built = createPassageSearch(passages, await buildPassageIndex(passages, new Slices(5)));
    const stored = createPassageSearch(passages, read);
    for (const text of ["the condom broke last night", "late period", "condmo", "nothing of the kind"]) {
      expect(stored.search(text, 5), text).to.deep.equal(built.search(text, 5));
    }
  });

  it("is of no use for other passages", () => {
    const [first, ...others] = passages;
    if (!first) throw new Error("There is no passage.");
    for (const changed of [
      others,
      [...others, first],
      [{ ...first, title: "Another" }, ...others],
      [{ ...first, section: "Another" }, ...others],
      [{ ...first, keywords: ["another"] }, ...others],
      [{ ...first, text: "Another" }, ...others],
    ]) {
      expect(decodePassageIndex(passagesKey(changed), file)).to.equal(null);
    }
  });

  it("is refused when it is damaged, cut, or of another form", () => {
    for (let at = 0; at < file.length; at += Math.max(1, Math.floor(file.length / 200))) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(decodePassageIndex(key, damaged), `byte ${at}`).to.equal(null);
    }
    expect(decodePassageIndex(key, file.slice(0, 500))).to.equal(null);
    const other = { words: { serializationVersion: 99 }, frequency: new Map() };
    expect(decodePassageIndex(key, encodePassageIndex(key, other as never))).to.equal(null);
  });

  it("has a version that belongs to how passages are read and indexed", () => {
    // When this fails because the index comes out different, raise PASSAGE_INDEX_VERSION and put both new values here.
    const hash = createHash("sha256").update(file.subarray(12)).digest("hex").slice(0, 16);
    expect([PASSAGE_INDEX_VERSION, hash]).to.deep.equal([1, "c56a6654e1f5b140"]);
  });
});
