import { createHash } from "node:crypto";
import { expect } from "chai";
import {
  decodeIndex,
  encodeIndex,
  INDEX_VERSION,
  indexKey,
} from "../../../lib/answers/library/index-file.ts";
import { createSlangReader } from "../../../lib/answers/library/slang.ts";
import { type Example, TextIndex } from "../../../lib/answers/library/text-index.ts";
import { Slices } from "../../../lib/core/index.ts";

const EXAMPLES: Example[] = [
  { text: "how do i put on a johnny", label: "condoms", isQuestion: true },
  { text: "Le préservatif s'est déchiré", label: "condoms", isQuestion: true },
  { text: "避孕套怎么用", label: "condoms", isQuestion: false },
  { text: "my period is late", label: "periods", isQuestion: true },
  { text: "who won the world cup", label: null, isQuestion: true },
];

describe("the file of an index", () => {
  let index: TextIndex;
  let file: Uint8Array<ArrayBuffer>;
  const slang = new Map([["johnny", "condom"]]);
  const key = indexKey(EXAMPLES, slang);

  before(async () => {
    const readSlang = createSlangReader(slang);
    const inOwnWords = EXAMPLES.map((example) => ({ ...example, text: readSlang(example.text) }));
    index = await TextIndex.build(inOwnWords, new Slices(5));
    file = encodeIndex(key, index.snapshot);
  });

  it("gives the index back as it was", () => {
    const snapshot = decodeIndex(key, file);
    expect(snapshot).to.deep.equal(index.snapshot);
    if (!snapshot) return;
    const read = new TextIndex(snapshot);
    for (const text of ["condom", "the world", "避孕套", "xyzzy"]) {
      expect(read.rank(text)).to.deep.equal(index.rank(text));
    }
    expect(read.knows("period")).to.equal(true);
  });

  it("is of no use for other examples", () => {
    const [first, ...others] = EXAMPLES;
    for (const changed of [
      others,
      [...others, ...EXAMPLES.slice(0, 1)],
      [{ text: "how do I put on a condom?", label: "condoms", isQuestion: true }, ...others],
      [{ text: first?.text ?? "", label: "periods", isQuestion: true }, ...others],
      [{ text: first?.text ?? "", label: "condoms", isQuestion: false }, ...others],
    ]) {
      expect(decodeIndex(indexKey(changed, slang), file)).to.equal(null);
    }
    expect(decodeIndex(indexKey(EXAMPLES, new Map([["johnny", "penis"]])), file)).to.equal(null);
  });

  it("is refused when any part of it is damaged or missing", () => {
    for (let at = 0; at < file.length; at += Math.max(1, Math.floor(file.length / 200))) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(decodeIndex(key, damaged), `byte ${at}`).to.equal(null);
    }
    for (const length of [0, 1, 11, 12, 500, file.length - 1]) {
      expect(decodeIndex(key, file.slice(0, length)), `${length} bytes`).to.equal(null);
    }
  });

  it("has a version that belongs to how texts are read and weighed", () => {
    // When this fails because an index comes out different, raise INDEX_VERSION and put both new values here.
    const { features, weights, byLabel, byQuestion } = index.snapshot;
    const hash = createHash("sha256");
    for (const array of [features.slots, byLabel.starts, byLabel.columns, byQuestion.columns])
      hash.update(array);
    for (const values of [weights, byLabel.values, byQuestion.values]) {
      hash.update([...values].map((value) => value.toFixed(3)).join());
    }
    expect([INDEX_VERSION, hash.digest("hex").slice(0, 16)]).to.deep.equal([2, "609e208351cd0a58"]);
  });
});
