import { expect } from "chai";
import { openLinks } from "../../../lib/answers/generation/open-links.ts";
import { formatMarkdown } from "../../../lib/telegram/index.ts";

describe("links in what the model writes", () => {
  for (const [written, seen] of [
    ["[WHO](https://www.who.int/health)", "WHO (https://www.who.int/health)"],
    ["[https://who.int](https://who.int)", "https://who.int"],
    ["[https://who.int](https://evil.example)", "https://who.int (https://evil.example)"],
    ["![](https://evil.example/x.png)", "https://evil.example/x.png"],
    ["[click](javascript:alert(1))", "[click] (javascript:alert(1))"],
    ["[me](tg://user?id=1)", "me"],
    ['[a](<https://a.org> "title")', "a (https://a.org)"],
    ["<tg://resolve?domain=x>", "tg://resolve?domain=x"],
    ["No link [at all] (really).", "No link [at all] (really)."],
  ] as const) {
    it(`show where they lead: ${written}`, () => {
      expect(openLinks(written)).to.equal(seen);
    });
  }

  for (const written of [
    "[a [b]](https://evil.example)",
    "[a][b]\n\n[b]: https://evil.example",
    "[a\nb](https://evil.example)",
    "[a](\nhttps://evil.example)",
    "[a](https://evil.example/(b))",
  ]) {
    it(`hide no address, however they are written: ${JSON.stringify(written)}`, () => {
      const { text, entities } = formatMarkdown(openLinks(written));
      for (const entity of entities) {
        const { url } = entity as { url?: string };
        if (url !== undefined)
          expect(text.slice(entity.offset, entity.offset + entity.length)).to.include("evil.example");
      }
    });
  }
});
