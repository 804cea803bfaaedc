import { fold } from "../../text/index.ts";

/** Rewrites a text in the library's own words. */
export type ReadSlang = (text: string) => string;

/**
 * Reads what people write as what the library calls it, `preggers` as `pregnant`; the longest wording first. The text
 * comes out folded, its punctuation kept.
 * @param meanings by the wording that stands for them
 */
export function createSlangReader(meanings: ReadonlyMap<string, string>): ReadSlang {
  const byWording = new Map([...meanings].map(([wording, meant]) => [plain(wording), fold(meant)]));
  if (byWording.size === 0) return (text) => text;
  const wordings = [...byWording.keys()].toSorted((a, b) => b.length - a.length).map(escaped);
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${wordings.join("|")})(?![\\p{L}\\p{N}])`, "gu");
  return (text) => plain(text).replace(pattern, (wording) => byWording.get(wording) ?? wording);
}

function plain(text: string): string {
  return fold(text).replaceAll("\u2019", "'").replaceAll(/[ -]+/g, " ");
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}
