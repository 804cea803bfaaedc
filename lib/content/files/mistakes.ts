import { OperatorError } from "../../core/index.ts";

/** A mistake in the content, for the operator to correct. */
export interface Mistake {
  /** Relative to the content folder, with `/`. */
  file: string;
  /** Counted from 1; left out when it concerns the whole file. */
  line?: number;
  /** The file cannot be read: other mistakes may come of it, so it is named first. */
  isUnreadable?: true;
  /** What is wrong and what to do, as the end of a sentence that begins with the place. */
  text: string;
}

/** A mistake as one line. */
export function describeMistake({ file, line, text }: Mistake): string {
  return line === undefined ? `${file}: ${text}` : `${file}, line ${line}: ${text}`;
}

/** One error with a line for each mistake, those of files that cannot be read first. */
export function contentError(folder: string, mistakes: readonly Mistake[]): OperatorError {
  const count = mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`;
  const sorted = [
    ...mistakes.filter(({ isUnreadable }) => isUnreadable),
    ...mistakes.filter(({ isUnreadable }) => !isUnreadable),
  ];
  const lines = sorted.map((mistake) => `  ${describeMistake(mistake)}`);
  return new OperatorError([`The content in "${folder}" has ${count}:`, ...lines].join("\n"), {
    code: "CONTENT_INVALID",
  });
}
