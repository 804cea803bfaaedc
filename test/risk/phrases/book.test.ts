import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect } from "chai";
import { OpeningBook, PhraseBook, type PhraseSource } from "../../../lib/risk/index.ts";
import { compilePhrases } from "../../../lib/risk/phrases/compile.ts";
import { decodePhrases, encodePhrases, PHRASES_VERSION, phrasesKey } from "../../../lib/risk/phrases/file.ts";
import { memoryFiles } from "../memory-files.ts";

const GROUPS = { family: ["mum", "step dad", "<elders>"], elders: ["gran*"] };
const SOURCES: readonly PhraseSource[] = [
  { phrases: ["<family> ... hits/beats me", "!film alone !again", "<9-13> years & !joke"], groups: GROUPS },
  { phrases: ["l'eau/<16+>", "in a film"] },
  { phrases: [] },
];
const SPELLING = {
  numbers: new Map([
    ["twelve", 12],
    ["milliard", 3_000_000_000],
  ]),
  spellings: new Map([["stepdad", "step dad"]]),
};

const MESSAGES = [
  "my step dad often hits me",
  "my stepdad beats me",
  "granny sometimes beats me",
  "all alone",
  "a film alone",
  "alone again",
  "she is twelve years old",
  "twelve years, a joke",
  "l eau, 99999999",
  "il a 17 ans",
  "17",
  "un milliard",
  "in a film",
  "",
];

/** What each list finds in each message. */
function found(book: PhraseBook): number[][] {
  return MESSAGES.map((text) => SOURCES.map((_, index) => book.list(index).countIn(book.readMessage(text))));
}

describe("a book of phrases", () => {
  const key = phrasesKey(SOURCES);
  const file = encodePhrases(key, compilePhrases(SOURCES));

  it("finds the phrases of each list", () => {
    const hits = found(PhraseBook.compile(SOURCES, SPELLING));
    expect(hits.map(([first = 0, second = 0]) => `${first}${second}`)).to.deep.equal([
      "10",
      "10",
      "10",
      "10",
      "00",
      "00",
      "10",
      "00",
      "01",
      "01",
      "01",
      "01",
      "01",
      "00",
    ]);
  });

  it("takes a forbidden group without words for none", () => {
    const phrases = ["empty !<nobody> street", "empty ! house"];
    const book = PhraseBook.compile([{ phrases, groups: { nobody: [] } }]);
    const counts = ["empty street", "empty house", "empty old street", "empty old house"].map((text) =>
      book.list(0).countIn(book.readMessage(text)),
    );
    expect(counts).to.deep.equal([1, 1, 0, 0]);
  });

  it("finds the same when it was stored", async () => {
    const files = memoryFiles();
    const first = await new OpeningBook("phrases", SOURCES, SPELLING, { files }).open();
    const second = await new OpeningBook("phrases", SOURCES, SPELLING, { files }).open();
    expect(files.written).to.deep.equal(["phrases"]);
    expect(found(first)).to.deep.equal(found(PhraseBook.compile(SOURCES, SPELLING)));
    expect(found(second)).to.deep.equal(found(first));
  });

  it("is opened as it was stored, without being compiled again", async () => {
    const files = memoryFiles();
    const others = SOURCES.map(() => ({ phrases: ["seventeen"] }));
    await files.write("phrases", encodePhrases(key, compilePhrases(others)));
    const book = await new OpeningBook("phrases", SOURCES, SPELLING, { files }).open();
    expect(book.list(0).countIn(book.readMessage("seventeen"))).to.equal(1);
  });

  it("lets the event loop turn while it is compiled, and ends that at once when it is needed", async () => {
    const many = [{ phrases: Array.from({ length: 20_000 }, (_, index) => `word${index} ... <9-13>`) }];
    const files = memoryFiles();
    const opening = new OpeningBook("phrases", many, {}, { files });
    let isOpen = false;
    const opened = opening.open().finally(() => {
      isOpen = true;
    });
    await nextTurn();
    await nextTurn();
    expect(isOpen).to.equal(false);
    const { book } = opening;
    expect(book.list(0).countIn(book.readMessage("word19999 and 12"))).to.equal(1);
    expect(await opened).to.equal(book);
    expect(files.written, "stored for the next start").to.deep.equal(["phrases"]);
  });

  it("is stored, too, when it was needed before it was opened", async () => {
    const files = memoryFiles();
    const opening = new OpeningBook("phrases", SOURCES, SPELLING, { files });
    const { book } = opening;
    expect(await opening.open()).to.equal(book);
    expect(await opening.open()).to.equal(book);
    expect(files.written).to.deep.equal(["phrases"]);
  });

  it("is not opened any more when it is no longer wanted, and can still be had", async () => {
    const many = [{ phrases: Array.from({ length: 20_000 }, (_, index) => `word${index}`) }];
    const files = memoryFiles();
    const closing = new AbortController();
    const opening = new OpeningBook("phrases", many, {}, { files, signal: closing.signal });
    const failure = opening.open().catch((error: unknown) => error);
    closing.abort(new Error("closed"));
    expect(await failure).to.have.property("message", "closed");
    expect(files.written).to.deep.equal([]);
    expect(opening.book.list(0).isAnyIn(opening.book.readMessage("word7"))).to.equal(true);
  });

  it("is compiled again when a phrase, a group or their order has changed", () => {
    const [first = { phrases: [] }, ...others] = SOURCES;
    for (const changed of [
      others,
      [...others, first],
      [{ ...first, phrases: first.phrases.slice(1) }, ...others],
      [{ ...first, groups: { ...GROUPS, elders: ["elder"] } }, ...others],
    ]) {
      expect(decodePhrases(phrasesKey(changed), file)).to.equal(null);
    }
    expect(decodePhrases(key, file)).to.deep.equal(compilePhrases(SOURCES));
  });

  it("is compiled again when any part of its file is damaged or missing", () => {
    for (let at = 0; at < file.length; at += 1) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(decodePhrases(key, damaged), `byte ${at}`).to.equal(null);
    }
    for (const length of [0, 3, 11, 12, file.length - 1]) {
      expect(decodePhrases(key, file.slice(0, length)), `${length} bytes`).to.equal(null);
    }
  });

  it("has a version that belongs to how phrases are compiled", () => {
    // When this fails because phrases are compiled to something else, raise PHRASES_VERSION and put both new values here.
    const hash = createHash("sha256").update(file.subarray(12));
    expect([PHRASES_VERSION, hash.digest("hex").slice(0, 16)]).to.deep.equal([2, "64c508c957044352"]);
  });
});
