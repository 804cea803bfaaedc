import type * as z from "zod";

/** A zod issue as a sentence for operators. */
export interface IssueText {
  path: PropertyKey[];
  text: string;
}

/**
 * Describes a zod issue to somebody who does not program.
 * @param base the place in the file of the parsed value
 */
export function describeIssue(issue: z.core.$ZodIssue, base: readonly PropertyKey[]): IssueText[] {
  const path = [...base, ...issue.path];
  const name = path.length > 0 ? `"${path.join(".")}"` : "the file";
  const one = (text: string): IssueText[] => [{ path, text }];
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === null && path.length === 0) return one("is empty; fill it in");
      if (issue.input === null) return one(`${name} is empty; fill it in, or leave it out if it is optional`);
      if (issue.input === undefined) return one(`${name} is missing; add it`);
      return one(`${name} must be ${KINDS[issue.expected] ?? issue.expected}`);
    case "invalid_value":
      if (issue.input === null) return one(`${name} is empty; fill it in, or leave it out if it is optional`);
      if (issue.input === undefined) return one(`${name} is missing; add it`);
      return one(`${name} must be one of: ${issue.values.map(String).join(", ")}`);
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: [...path, key],
        text: `"${[...path, key].join(".")}" is unknown; correct its spelling or remove it`,
      }));
    case "too_small":
      if (isNumber(issue.origin)) return one(`${name} must be at least ${issue.minimum}`);
      return one(`${name} is empty; fill it in`);
    case "too_big": {
      if (isNumber(issue.origin)) return one(`${name} must be at most ${issue.maximum}`);
      const unit = issue.origin === "string" ? "characters" : "entries";
      return one(`${name} is too long; use at most ${issue.maximum} ${unit}`);
    }
    default:
      return one(`${name} ${issue.message}`);
  }
}

function isNumber(origin: string): boolean {
  return origin === "number" || origin === "int";
}

const KINDS: Record<string, string> = {
  string: "a text; put it in quotes",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: 'a list; begin each entry with "- "',
  object: 'a group of "name: value" lines',
  record: 'a group of "name: value" lines',
};
