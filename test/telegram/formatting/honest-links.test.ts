import { expect } from "chai";
import * as fc from "fast-check";
import { formatMarkdown, formatUnfinishedMarkdown } from "../../../lib/telegram/formatting/index.ts";
import { share } from "../../support/thorough.ts";
import { expectAcceptable } from "./acceptable.ts";

const EVIL = "https://evil.example/x";
const BANK = "https://bank.example/";

/** Ways to write a link whose text is "bank.example" or the like, and which leads to EVIL. */
const MASKS = [
  `[bank.example](${EVIL})`,
  `[bank.example](<${EVIL}>)`,
  `[bank.example](${EVIL} "the bank")`,
  `[bank.example](\n${EVIL}\n)`,
  `[bank\n.example](${EVIL})`,
  `[**bank**.*example*](${EVIL})`,
  `**[bank.example](${EVIL})**`,
  `[\`bank.example\`](${EVIL})`,
  `[a \\] bank.example](${EVIL})`,
  `[a \\[b\\] bank.example](${EVIL})`,
  `[a [b] bank.example](${EVIL})`,
  `[![bank.example](${EVIL})](${EVIL})`,
  `![bank.example](${EVIL})`,
  `[bank.example][b]\n\n[b]: ${EVIL}`,
  `[bank.example][b]\n\n[b]:\n${EVIL}`,
  `[bank.example][b]\n\n[b]: <${EVIL}> 'title'`,
  `[bank.example][b]\n\n[b]:\n    ${EVIL}\n    "title"`,
  `[bank.example][]\n\n[bank.example]: ${EVIL}`,
  `[bank.example]\n\n[bank.example]: ${EVIL}`,
  `[BANK.example]\n\n[bank.EXAMPLE]: ${EVIL}`,
  `- [bank.example][b]\n- two\n\n  [b]: ${EVIL}`,
  `- one\n  - [bank.example][b]\n\n    [b]:\n    ${EVIL}`,
  `> [bank.example][b]\n>\n> [b]: ${EVIL}`,
  `> - [bank.example](${EVIL})`,
  `1. [bank.example](${EVIL})`,
  `# [bank.example](${EVIL})`,
  `[bank.example](${EVIL})\n===`,
  `| a | b |\n|---|---|\n| [bank.example](${EVIL}) | c |`,
  `- [ ] [bank.example](${EVIL})`,
  `~~[bank.example](${EVIL})~~`,
  `[${BANK}](${EVIL})`,
  `[https://bank.example/](HTTPS://EVIL.EXAMPLE/x)`,
  `[bank.example](https://evil.example/x?u=https://bank.example)`,
  `[bank.example](https&colon;//evil.example/x)`,
  `[bank.example](https:\\/\\/evil.example/x)`,
  `[bank.example](http://evil.example/x)`,
  `[\u202Eelpmaxe.knab](${EVIL})`,
  `[bank.example\u200B](${EVIL})`,
  `[bank.example](https://еvil.example/x)`,
];

describe("a link that the operator did not write", () => {
  for (const mask of MASKS) {
    it(`says where it leads: ${JSON.stringify(mask)}`, () => {
      for (const format of [formatMarkdown, formatUnfinishedMarkdown]) {
        const trusting = format(mask, () => true);
        const { text, entities } = format(mask);
        expect(entities.filter(({ type }) => type === "text_link")).to.deep.equal([]);
        expectAcceptable({ text, entities });
        for (const { url } of trusting.entities) if (url !== undefined) expect(text).to.include(url);
      }
    });
  }

  for (const hidden of ["tg://user?id=1", "tg://resolve?domain=evil", "TG://join?invite=x"]) {
    it(`leads nowhere when it is no web page: ${hidden}`, () => {
      for (const mask of [`[me](${hidden})`, `[me][a]\n\n[a]:\n${hidden}`, `![me](<${hidden}>)`]) {
        const { text, entities } = formatMarkdown(mask);
        expect(text).to.match(/^me/);
        expect(entities).to.deep.equal([]);
      }
    });
  }

  it("keeps its text where that is its address, and where the operator wrote it", () => {
    expect(formatMarkdown(`[${BANK}](${BANK}) <${BANK}> ${BANK}`).text).to.equal(`${BANK} ${BANK} ${BANK}`);
    expect(formatMarkdown(`[bank.example](${BANK})`).text).to.equal("bank.example");
    const known = formatMarkdown(`[our bank](${BANK}), [not](${EVIL})`, (url) => url === BANK);
    expect(known.text).to.equal(`our bank, not (${EVIL})`);
    expect(known.entities).to.deep.equal([{ type: "text_link", url: BANK, offset: 0, length: 8 }]);
  });

  it("keeps the styles around and behind it in their places", () => {
    const { text, entities } = formatMarkdown(`> **a [b](${EVIL})** c\n\n*d*`);
    expect(text).to.equal(`a b (${EVIL}) c\n\nd`);
    const styled = entities.map(({ type, offset, length }) => [type, text.slice(offset, offset + length)]);
    expect(styled).to.deep.equal([
      ["blockquote", `a b (${EVIL}) c`],
      ["bold", `a b (${EVIL})`],
      ["italic", "d"],
    ]);
  });

  it("never hides its address, whatever it is written in", () => {
    const links = ["[", "]", "(", ")", "![", "](", `](${EVIL})`, `<${EVIL}>`, `[b]: ${EVIL}`, "[b]"];
    const marks = ["\\", "`", "**", "*", "> ", "- ", "\n", "\n\n", "    ", "|", "# "];
    const piece = fc.constantFrom(...links, `[b]:\n${EVIL}`, ...marks, "bank.example", BANK, " ");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const source = pieces.join("");
        const { text, entities } = formatMarkdown(source);
        expect(entities.some(({ type }) => type === "text_link")).to.equal(false);
        const hidden = formatMarkdown(source, () => true).entities.flatMap(({ url }) => url ?? []);
        const shown = (url: string): boolean => text.includes(url.replace(/\/$/, ""));
        for (const url of hidden) expect(shown(url) || shown(decodeURI(url)), url).to.equal(true);
      }),
      // A character that an address may not contain is shown as it was written: ">" for "%3E".
      { numRuns: share(2_000), examples: [[["[](<", EVIL, "> ", ")"]]] },
    );
  });
});
