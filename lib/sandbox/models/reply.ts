import type { ModelRequest } from "./model-request.ts";

/** The default answer: Markdown made of the first passage in the prompt, with its citation. */
export function replyFromFirstPassage({ system, question }: ModelRequest): string {
  const passage = /^\[1\] (?<heading>.+)\n(?<text>[\s\S]+?)(?=\n\n\[2\] |$(?![\s\S]))/m.exec(system)?.groups;
  if (!passage?.text) {
    return `Thank you for asking. My library has **nothing about this**, so I cannot say more about “${question.slice(0, 80)}”.`;
  }
  return `Here is what our library says about **${passage.heading ?? ""}**.\n\n${passage.text.trim()} [1]\n\nIf you are worried, talk to a health professional.`;
}

/** Splits a text at spaces into at most `count` pieces of about equal length. */
export function cutIntoPieces(text: string, count: number): string[] {
  const target = Math.ceil(text.length / count);
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > target) {
    const blank = rest.indexOf(" ", target - 1);
    if (blank === -1) break;
    pieces.push(rest.slice(0, blank + 1));
    rest = rest.slice(blank + 1);
  }
  return rest.length > 0 || pieces.length === 0 ? [...pieces, rest] : pieces;
}

/** Estimates tokens by the usual rule of four characters each. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
