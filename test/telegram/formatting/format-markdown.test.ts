import { expect } from "chai";
import * as fc from "fast-check";
import {
  formatMarkdown,
  formatUnfinishedMarkdown,
  splitFormatted,
} from "../../../lib/telegram/formatting/index.ts";
import { share } from "../../support/thorough.ts";
import { expectAcceptable, marked } from "./acceptable.ts";

/** The case, the Markdown, and the text with its entities as tags. */
type Case = readonly [what: string, markdown: string, expected: string];

const CASES: readonly Case[] = [
  [
    "bold, italic and strikethrough",
    "**a** *b* ~~c~~",
    "<bold>a</bold> <italic>b</italic> <strikethrough>c</strikethrough>",
  ],
  ["styles in styles", "**a *b* c**", "<bold>a <italic>b</italic> c</bold>"],
  ["a style within itself", "# **a** b", "<bold>a b</bold>"],
  ["a heading with an empty line after it", "# Title\ntext", "<bold>Title</bold>\n\ntext"],
  ["paragraphs", "one\n\n\n\ntwo", "one\n\ntwo"],
  ["line breaks, as a chat shows them", "one  \ntwo\nthree", "one\ntwo\nthree"],
  ["tildes that mean about", "~5 km (~6–~7)", "~5 km (~6–~7)"],
  ["a horizontal rule", "a\n\n---\n\nb", "a\n\n———\n\nb"],
  ["a list under its sentence", "Here:\n- a\n- b\n\nafter", "Here:\n• a\n• b\n\nafter"],
  ["nested lists", "- a\n  - b\n    - c\n- d", "• a\n   ◦ b\n      ▪ c\n• d"],
  ["a list with air between its items", "- a\n\n- b", "• a\n\n• b"],
  ["a numbered list that starts later", "3. three\n4. four", "3. three\n4. four"],
  ["paragraphs in a list", "1. a\n\n   b\n\n2. c", "1. a\n\n   b\n\n2. c"],
  ["a task list", "- [x] done\n- [ ] open", "☑ done\n☐ open"],
  [
    "a code block with its language and indentation",
    "```py\n  if x:\n    y\n```",
    "<pre py>  if x:\n    y</pre>",
  ],
  ["a code block in a list, at the margin", "- a\n  ```\n  x\n  ```\n  b", "• a\n<pre>x</pre>\n   b"],
  ["an empty code block", "a\n```\n```\nb", "a\nb"],
  ["code inside bold", "**a `b` c**", "<bold>a</bold> <code>b</code> <bold>c</bold>"],
  ["code inside a link", "[`a` b](https://c.org/)", "<text_link https://c.org/>a b</text_link>"],
  ["a quote", "> a **b** `c`\n\nd", "<blockquote>a <bold>b</bold> <code>c</code></blockquote>\n\nd"],
  ["a quote in a quote", "> a\n> > b", "<blockquote>a\nb</blockquote>"],
  ["a code block in a quote", "> a\n> ```\n> b\n> ```", "<blockquote>a</blockquote>\n<pre>b</pre>"],
  ["a link", "[a](https://b.org/c?d=1&e=2)", "<text_link https://b.org/c?d=1&e=2>a</text_link>"],
  ["a link into Telegram", "[a](tg://resolve?domain=b)", "<text_link tg://resolve?domain=b>a</text_link>"],
  ["a dangerous link", "[a](javascript:alert(1)) [b](data:text/html,x) [c](file:///etc/passwd)", "a b c"],
  ["a link in disguise", "[a](https://b.org@c.org) [d](https://b.org:e@c.org)", "a d"],
  ["links Telegram refuses", "[a](http://b) [c](tg:d) [e](http://[::1]/) [f](http://%)", "a c e f"],
  ["a relative link", "[a](other.md)", "a"],
  ["a mail address, which Telegram cannot link to", "[write](mailto:a@b.org)", "write (a@b.org)"],
  ["a phone number", "[call 116 111](tel:116111) [116123](tel:116123)", "call 116 111 (116111) 116123"],
  [
    "bare addresses, which Telegram finds itself",
    "<https://a.org> www.b.org c@d.org",
    "https://a.org www.b.org c@d.org",
  ],
  ["a link without a label", "[](https://a.org/)", "<text_link https://a.org/>https://a.org/</text_link>"],
  [
    "a link by reference",
    "[a][1]\n\n[1]: https://b.org/",
    "<text_link https://b.org/>a</text_link>\n\n<text_link https://b.org/>1</text_link>: https://b.org/",
  ],
  ["what only looks like a reference", "[Tip]: drink", "[Tip]: drink"],
  ["an image", "![a](https://b.org/c.png)", "<text_link https://b.org/c.png>a</text_link>"],
  [
    "an image in a link",
    "[![a](https://b.org/c.png)](https://d.org/)",
    "<text_link https://d.org/>a</text_link>",
  ],
  [
    "a small table, aligned",
    "| a | b |\n|---|--:|\n| cde | **2** |\n| f | 10 |",
    "<pre>a     b\n───  ──\ncde   2\nf    10</pre>",
  ],
  [
    "a table too wide for a phone",
    "| Method | How well it works in practice |\n|---|---|\n| Pill | about *93 %* |\n| Ring | |",
    "Method: <bold>Pill</bold>\nHow well it works in practice: about <italic>93 %</italic>\n\nMethod: <bold>Ring</bold>",
  ],
  [
    "a table with a link",
    "| a |\n|---|\n| [b](https://c.org/) |",
    "a: <bold><text_link https://c.org/>b</text_link></bold>",
  ],
  ["a table in a script of other widths", "| 名 |\n|---|\n| 值 |", "名: <bold>值</bold>"],
  [
    "HTML as the text it is",
    "<b>a</b> <script>alert(1)</script><br>",
    "<b>a</b> <script>alert(1)</script><br>",
  ],
  ["Markdown between HTML tags", "<div>\n**a**\n</div>", "<div>\n<bold>a</bold>\n</div>"],
  ["an HTML comment", "a <!-- b --> c", "a <!-- b --> c"],
  ["escaped characters", "\\*a\\* 1\\. \\# \\`b\\`", "*a* 1. # `b`"],
  ["character references", "a &lt; b &amp; c&nbsp;d &#39;&#x1F600;", "a < b & c\u00A0d '😀"],
  [
    "references to nothing good",
    "&toString; &#0; &#xD800; &#9999999;",
    "&toString; &#0; &#xD800; &#9999999;",
  ],
  ["no references in code", "`&lt;`", "<code>&lt;</code>"],
  ["emoji, counted in UTF-16 units", "😀 **👩‍👩‍👧 b** c", "😀 <bold>👩‍👩‍👧 b</bold> c"],
  ["text from right to left", "**مرحبا** بك", "<bold>مرحبا</bold> بك"],
  ["styles without text", "a ** ** b `  ` &nbsp;", "a ** ** b"],
  ["lines ending as on Windows", "a\r\n\r\n- b\r\n- c", "a\n\n• b\n• c"],
  ["control characters and half an emoji", "a\0b \uD83D", "a b \uFFFD"],
  ["nothing", " \n\n ", ""],
  ["nothing visible", "\u200B&nbsp;\u200B", ""],
  ["marks that were never closed", "**a and `b and [c](http", "**a and `b and [c](http"],
];

const UNFINISHED: readonly Case[] = [
  ["bold", "a **b", "a <bold>b</bold>"],
  ["bold and italic", "***a", "<italic><bold>a</bold></italic>"],
  ["a half-closed bold", "**a*", "<bold>a</bold>"],
  ["a bold whose text has not come", "a **", "a"],
  ["a strikethrough", "~~a", "<strikethrough>a</strikethrough>"],
  ["code", "`a` and `b", "<code>a</code> and <code>b</code>"],
  ["marks inside code", "`a *b", "<code>a *b</code>"],
  ["a code block", "```py\nx = **", "<pre py>x = **</pre>"],
  ["a fence that has only begun", "a\n``", "a"],
  ["a finished code block, then bold", "```\na\n```\n**b", "<pre>a</pre>\n<bold>b</bold>"],
  ["a link's label", "see [the pa", "see the pa"],
  ["a link's target", "see [the page](https://exa", "see the page"],
  ["a list item", "Steps:\n-", "Steps:"],
  ["a number", "1. a\n2.", "1. a"],
  ["a heading mark", "a\n\n##", "a"],
  ["multiplication and names", "2 * 3, 5*3, snake_case", "2 * 3, 5*3, snake_case"],
  ["bold in a quote", "> **a", "<blockquote><bold>a</bold></blockquote>"],
  ["what is complete", "**a** and *b*.", "<bold>a</bold> and <italic>b</italic>."],
];

/** Pieces that, joined at random, make every construct, complete or broken. */
const fragment = fc.oneof(
  fc.constantFrom(
    ..."*,**,***,_,__,~~,`,```,\n,\n\n,\n```\n,```py\n,  ,    ,\n- ,\n  - ,\n1. ,\n> ,> > ,\n# ,\n---\n,\n| a | b |\n|---|---|\n| ,| ,[,](,](https://a.org/),![,],<,</b>,&amp;,&nbsp;,\\,😀,\uD83D,\u200B,\u00A0,مرحبا,a,b c,:".split(
      ",",
    ),
  ),
  fc.string({ maxLength: 8 }),
  fc.string({ unit: "grapheme", maxLength: 4 }),
);
const markdown = fc.array(fragment, { maxLength: 60 }).map((fragments) => fragments.join(""));

/** Inputs that break naive converters: quadratic time, or one stack frame for each mark. */
const HARD: readonly (readonly [string, string])[] = [
  ["one word of a megabyte", "a".repeat(1_000_000)],
  ["10,000 asterisks", "*".repeat(10_000)],
  ["10,000 asterisks with words", "*a ".repeat(5_000)],
  ["10,000 quotes in each other", `${">".repeat(10_000)}a`],
  ["lists in each other on one line", `${"- ".repeat(7_000)}a`],
  [
    "lists in each other line by line",
    Array.from({ length: 120 }, (_, depth) => `${"  ".repeat(depth)}- a`).join("\n"),
  ],
  ["styles in each other", `${"*_".repeat(4_000)}a${"_*".repeat(4_000)}`],
  ["brackets in each other", `${"[".repeat(8_000)}a${"]".repeat(8_000)}`],
  ["backticks that never close", "`a".repeat(8_000)],
  ["definitions of nothing", "[a]: b\n\n".repeat(2_000)],
  ["spaces between words", `a${" ".repeat(16_000)}b`],
  ["spaces before a word", `${" ".repeat(16_000)}a`],
  ["half links", "[a](".repeat(4_000)],
  ["half links in each paragraph", `${"[a](".repeat(60)}\n\n`.repeat(60)],
  ["brackets in half a link", `[a${"(".repeat(300)}](`.repeat(50)],
];

describe("formatMarkdown", () => {
  for (const [what, source, expected] of CASES) {
    it(`shows ${what}`, () => {
      const formatted = formatMarkdown(source, () => true);
      expect(marked(formatted)).to.equal(expected);
      expectAcceptable(formatted);
    });
  }

  it("turns any Markdown into something Telegram accepts", () => {
    fc.assert(
      fc.property(markdown, (source) => {
        expectAcceptable(formatMarkdown(source, () => true));
        expectAcceptable(formatMarkdown(source));
        expectAcceptable(formatUnfinishedMarkdown(source, () => true));
      }),
      { numRuns: share(1_000) },
    );
  });

  it("keeps every word of a text without Markdown", () => {
    const words = fc.array(fc.stringMatching(/^[\p{L}\p{Emoji_Presentation}]{1,12}$/u), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(words, (all) => {
        expect(formatMarkdown(all.join(" "), () => true)).to.deep.equal({
          text: all.join(" "),
          entities: [],
        });
      }),
    );
  });

  it("keeps every word between any Markdown marks", () => {
    const word = fc.nat().map((number) => `word${number}`);
    const mark = fc.constantFrom(
      " ",
      "\n",
      "\n\n",
      " **",
      "** ",
      " *",
      "* ",
      "\n- ",
      "\n1. ",
      "\n> ",
      "\n# ",
      " `",
      "` ",
      "\n```\n",
      " | ",
      " [",
      "] ",
      " <",
      "> ",
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(mark, word), { maxLength: 30 }), (pairs) => {
        const { text } = formatMarkdown(pairs.flat().join(""));
        expect(text.match(/word\d+/g) ?? []).to.deep.equal(pairs.map(([, each]) => each));
      }),
      { numRuns: share(500) },
    );
  });

  it("formats a text of many messages down to its last line", () => {
    const paragraph = `**First** ${"word ".repeat(900)}`.trim();
    const formatted = formatMarkdown(`${Array(6).fill(paragraph).join("\n\n")}\n\n_Source: Condoms_`);
    expect(formatted.entities.filter(({ type }) => type === "bold")).to.have.lengthOf(6);
    expect(formatted.text.match(/First/g)).to.have.lengthOf(6);
    expect(marked(formatted).endsWith("word\n\n<italic>Source: Condoms</italic>")).to.equal(true);
    expectAcceptable(formatted);
  });

  it("splits no code block of a long text", () => {
    const code = `${"line\n\n".repeat(1_500)}end`;
    const text = `${"word ".repeat(2_000)}\n\n\`\`\`\n${code}\n\`\`\`\n\nafter **it**`;
    const formatted = formatMarkdown(text, () => true);
    expect(formatted.entities.map(({ type }) => type)).to.deep.equal(["pre", "bold"]);
    expect(formatted.text).to.include(code);
  });

  it("looks for a heading's underline only nearby, where marked would scan the whole text for each block", () => {
    const lines = (count: number): string => `${"a line of words\n".repeat(count)}===`;
    expect(formatMarkdown(lines(10), () => true).entities.map(({ type }) => type)).to.deep.equal(["bold"]);
    expect(formatMarkdown(lines(100), () => true).entities).to.deep.equal([]);
    expect(formatMarkdown(lines(100), () => true).text).to.equal(lines(100));
  });

  it("leaves quotes of hundreds of lines unformatted, where marked would rescan the text for each line", () => {
    const quotes = "> ```\na\n".repeat(400).trimEnd();
    expect(formatMarkdown(quotes, () => true)).to.deep.equal({ text: quotes, entities: [] });
    expect(formatMarkdown("> a\n\n".repeat(200), () => true).entities).to.have.lengthOf(200);
  });

  it("reads a table as long as a message", () => {
    const table = (rows: number): string => `|a|b|\n|-|-|\n${"|c|d|\n".repeat(rows)}`;
    expect(formatMarkdown(table(600), () => true).text).not.to.include("|");
  });

  for (const [what, source] of HARD) {
    it(`formats ${what} quickly and keeps the text`, () => {
      const before = process.cpuUsage();
      const formatted = formatMarkdown(source, () => true);
      const pieces = splitFormatted(formatted);
      formatUnfinishedMarkdown(source, () => true);
      // CPU time in microseconds, so that a busy machine does not matter; usually under a third of a second.
      expect(process.cpuUsage(before).user).to.be.below(2_000_000);
      const letters = (text: string): number => text.split("a").length - 1;
      expect(letters(pieces.map(({ text }) => text).join(""))).to.equal(letters(source));
    });
  }
});

describe("formatUnfinishedMarkdown", () => {
  for (const [what, source, expected] of UNFINISHED) {
    it(`shows ${what} as it will look when complete`, () => {
      expect(marked(formatUnfinishedMarkdown(source, () => true))).to.equal(expected);
    });
  }

  it("never shows Markdown marks of a style while a sentence arrives", () => {
    const whole = "Take **two *small* steps**, then `rest` and ~~run~~ [read](https://a.org/) on.";
    for (let length = 1; length <= whole.length; length += 1) {
      expect(formatUnfinishedMarkdown(whole.slice(0, length), () => true).text).not.to.match(/[*`~[\]]/);
    }
  });
});
