import type { Condition } from "../../content/index.ts";
import type { PersonFields } from "../../store/index.ts";

/** The facts that conditions can test. */
export interface Known {
  profile: PersonFields;
  answers: Readonly<Record<string, string | number>>;
  /** Whether there is a team to hand over to. */
  hasTeam: boolean;
}

/** Whether a branch's condition holds. An unknown value equals nothing. */
export function holds(condition: Condition, { profile, answers, hasTeam }: Known): boolean {
  if ("hasTeam" in condition) return condition.hasTeam === hasTeam;
  const value = "profile" in condition ? profile[condition.profile] : answers[condition.answer];
  if ("isKnown" in condition) return (value !== undefined) === condition.isKnown;
  if (value === undefined) return false;
  if ("is" in condition) return isSame(value, condition.is);
  if ("oneOf" in condition) return condition.oneOf.some((other) => isSame(value, other));
  if ("atLeast" in condition) return Number(value) >= condition.atLeast;
  return Number(value) <= condition.atMost;
}

/** A profile keeps numbers as text. */
function isSame(value: string | number, other: string | number): boolean {
  return String(value) === String(other);
}
