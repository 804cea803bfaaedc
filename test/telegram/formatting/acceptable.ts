import { expect } from "chai";
import type { FormattedText } from "../../../lib/telegram/formatting/index.ts";

const HALF_PAIR = /\p{Surrogate}/u;
const CODE = new Set(["code", "pre"]);

/** Fails unless Telegram would accept the text and its entities and show them unchanged (Bot API, "Formatting options"). */
export function expectAcceptable({ text, entities }: FormattedText): void {
  const message = JSON.stringify({ text, entities });
  const beginsWithCode = entities[0]?.type === "pre" && entities[0].offset === 0;
  expect(text, message).to.equal(beginsWithCode ? text.trimEnd() : text.trim());
  expect(HALF_PAIR.test(text), `half a surrogate pair in ${message}`).to.equal(false);

  for (const [index, entity] of entities.entries()) {
    const shown = text.slice(entity.offset, entity.offset + entity.length);
    expect(shown, `an entity reaching beyond the text in ${message}`).to.have.lengthOf(entity.length);
    expect(shown.trim(), `an empty entity in ${message}`).not.to.equal("");
    expect(shown, message).to.equal(entity.type === "pre" ? shown.trimEnd() : shown.trim());
    expect(HALF_PAIR.test(shown), `an entity cutting a surrogate pair in ${message}`).to.equal(false);
    for (const later of entities.slice(index + 1)) {
      const apart = later.offset >= entity.offset + entity.length;
      const inside = !apart && later.offset + later.length <= entity.offset + entity.length;
      expect(later.offset, `entities out of order in ${message}`).to.be.at.least(entity.offset);
      expect(apart || inside, `entities that overlap by halves in ${message}`).to.equal(true);
      if (apart) continue;
      expect(later.type, `a style inside itself in ${message}`).not.to.equal(entity.type);
      expect(CODE.has(entity.type), `something inside code in ${message}`).to.equal(false);
      const quotedCode = entity.type === "blockquote" && later.type === "code";
      expect(CODE.has(later.type) && !quotedCode, `code inside a style in ${message}`).to.equal(false);
    }
  }
}

/** Every visible character with its styles: what a reader sees, without white space. */
export function visibleCharacters({ text, entities }: FormattedText): string[] {
  const styles = Array.from({ length: text.length }, () => [] as string[]);
  for (const { offset, length, ...style } of entities) {
    for (const over of styles.slice(offset, offset + length)) over.push(JSON.stringify(style));
  }
  return styles
    .map((over, index) => `${text.charAt(index)} ${over.toSorted().join()}`)
    .filter((_, index) => !/[\s\p{Cf}]/u.test(text.charAt(index)));
}

/** A text with its entities written as tags: `<bold>like this</bold>`. */
export function marked({ text, entities }: FormattedText): string {
  const marks = entities.flatMap((entity, order) => {
    const detail = entity.url ?? entity.language;
    return [
      { at: entity.offset, rank: order, mark: `<${entity.type}${detail === undefined ? "" : ` ${detail}`}>` },
      { at: entity.offset + entity.length, rank: -1 - order, mark: `</${entity.type}>` },
    ];
  });
  return marks
    .toSorted((a, b) => b.at - a.at || b.rank - a.rank)
    .reduce((result, { at, mark }) => result.slice(0, at) + mark + result.slice(at), text);
}
