/** The names that models and people use; others are shown as written. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["nbsp", "\u00A0"],
  ["hellip", "…"],
  ["mdash", "—"],
  ["ndash", "–"],
]);

const MAX_CODE_POINT = 0x10ffff;

/** Decodes references such as `&amp;`, `&#39;` and `&#x27;`. */
export function decodeCharacterReferences(text: string): string {
  return text.replaceAll(
    /&(?:#(?<decimal>\d{1,7})|#x(?<hex>[\da-f]{1,6})|(?<name>[a-z]{2,6}));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return NAMED.get(name) ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      return isCharacter(code) ? String.fromCodePoint(code) : whole;
    },
  );
}

/** Whether Telegram accepts it: no control character, no half of a surrogate pair. */
function isCharacter(code: number): boolean {
  return code <= MAX_CODE_POINT && /[^\p{Cc}\p{Surrogate}]/u.test(String.fromCodePoint(code));
}
