import { expect } from "chai";
import * as fc from "fast-check";
import {
  type FormattedText,
  formatMarkdown,
  splitFormatted,
} from "../../../lib/telegram/formatting/index.ts";
import { share } from "../../support/thorough.ts";
import { expectAcceptable, marked, visibleCharacters } from "./acceptable.ts";

const plain = (text: string): FormattedText => ({ text, entities: [] });
const splitPlain = (text: string, limit: number): string[] =>
  splitFormatted(plain(text), limit).map((piece) => piece.text);

describe("splitFormatted", () => {
  it("leaves a text that fits unchanged", () => {
    const formatted = formatMarkdown("**a** b");
    expect(splitFormatted(formatted)).to.deep.equal([formatted]);
  });

  it("makes no piece of an empty text", () => {
    expect(splitFormatted(plain(" \n "))).to.deep.equal([]);
  });

  it("fills a message to Telegram's 4096 UTF-16 units", () => {
    const pieces = splitFormatted(plain("a".repeat(5000)));
    expect(pieces.map(({ text }) => text.length)).to.deep.equal([4096, 904]);
  });

  const places: readonly (readonly [what: string, text: string, limit: number, expected: string[]])[] = [
    [
      "a paragraph rather than a line",
      "One two.\n\nThree.\nFour. Five.",
      18,
      ["One two.\n\nThree.", "Four. Five."],
    ],
    ["a paragraph", "Aa bb cc.\n\nDd.\nEe. Ff gg.", 17, ["Aa bb cc.", "Dd.\nEe. Ff gg."]],
    ["a line rather than a sentence", "Aa bb cc dd\nEe. Ff gg hh", 15, ["Aa bb cc dd", "Ee. Ff gg hh"]],
    ["a sentence rather than a word", "Aa bb cc. Dd ee ff gg", 16, ["Aa bb cc.", "Dd ee ff gg"]],
    ["a sentence in Chinese", "我们在这里。你可以问问题。", 10, ["我们在这里。", "你可以问问题。"]],
    ["a word", "aaa bbb ccc", 9, ["aaa bbb", "ccc"]],
    ["a word where none is written apart", "สวัสดีครับผม", 10, ["สวัสดีครับ", "ผม"]],
    ["an early space rather than inside a word", "a bbbbbbbb", 8, ["a", "bbbbbbbb"]],
    ["inside a word that is too long", "aaaaaaaaaa", 4, ["aaaa", "aaaa", "aa"]],
    ["between emoji, never inside one", "👩‍👩‍👧👩‍👩‍👧😀", 11, ["👩‍👩‍👧", "👩‍👩‍👧😀"]],
    ["between surrogate pairs inside what is too long for a piece", "👩‍👩‍👧", 4, ["👩‍", "👩‍", "👧"]],
  ];
  for (const [what, text, limit, expected] of places) {
    it(`cuts at ${what}`, () => expect(splitPlain(text, limit)).to.deep.equal(expected));
  }

  it("does not cut a short piece just to end at a paragraph", () => {
    expect(splitPlain("Aa.\n\nBb bb bb bb. Cc cc cc cc cc", 20)).to.deep.equal([
      "Aa.\n\nBb bb bb bb.",
      "Cc cc cc cc cc",
    ]);
  });

  it("keeps styles in every piece they reach", () => {
    const pieces = splitFormatted(
      formatMarkdown("**one two *three four*** [five six](https://a.org/)", () => true),
      12,
    );
    expect(pieces.map(marked)).to.deep.equal([
      "<bold>one two</bold>",
      "<bold><italic>three four</italic></bold>",
      "<text_link https://a.org/>five six</text_link>",
    ]);
  });

  it("keeps a code block's language and indentation in every piece", () => {
    const pieces = splitFormatted(formatMarkdown("```py\nif x:\n    y = 1\n    z = 2\n```"), 18);
    expect(pieces.map(marked)).to.deep.equal(["<pre py>if x:\n    y = 1</pre>", "<pre py>    z = 2</pre>"]);
  });

  it("puts at most 100 entities into a message", () => {
    const pieces = splitFormatted(formatMarkdown("**a**\n\n".repeat(250)));
    expect(pieces.map(({ entities }) => entities.length)).to.deep.equal([100, 100, 50]);
  });

  it("refuses a limit too small for an emoji", () => {
    expect(() => splitFormatted(plain("a"), 1)).to.throw(RangeError);
  });

  const fragment = fc.oneof(
    fc.constantFrom(
      ..."**a b**|*c*|`d`|> e\n|- f\n|\n\n|\n| |. |```js\n  g\n\n  h\n```\n|[i](https://j.org/)|😀|👩‍👩‍👧|e\u0301|مرحبا|word. Word".split(
        "|",
      ),
    ),
    fc.string({ unit: "grapheme", maxLength: 12 }),
  );
  const formatted = fc
    .array(fragment, { maxLength: 80 })
    .map((fragments) => formatMarkdown(fragments.join("")));
  const limits = fc.oneof(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 31, max: 300 }));

  it("keeps every character with its styles, in pieces within the limit that Telegram accepts", () => {
    fc.assert(
      fc.property(formatted, limits, (whole, limit) => {
        const pieces = splitFormatted(whole, limit);
        for (const piece of pieces) {
          expect(piece.text.length).to.be.within(1, limit);
          expectAcceptable(piece);
        }
        expect(pieces.flatMap(visibleCharacters)).to.deep.equal(visibleCharacters(whole));
      }),
      { numRuns: share(500) },
    );
  });

  it("never cuts an emoji or accented letter that fits a piece", () => {
    const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });
    const count = (text: string): number =>
      [...characters.segment(text)].filter(({ segment }) => segment.trim()).length;
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-composite", maxLength: 200 }), (text) => {
        const { text: whole } = formatMarkdown(`\`\`\`\n${text.replaceAll("`", "")}\n\`\`\``);
        const pieces = splitPlain(whole, 40);
        expect(pieces.reduce((sum, piece) => sum + count(piece), 0)).to.equal(count(whole));
      }),
    );
  });
});
