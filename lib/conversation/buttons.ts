import { hashed } from "../core/index.ts";
import type { InlineKeyboardMarkup } from "./ports.ts";

/** What a button of ours stands for. */
export type Button = { kind: "age"; choice: AgeChoice } | { kind: "ask"; question: string };

export const AGE_CHOICES = ["under-18", "18-or-over", "skip"] as const;
export type AgeChoice = (typeof AGE_CHOICES)[number];

/** The buttons to say how old one is, side by side. */
export function ageKeyboard(labels: Record<AgeChoice, string>): InlineKeyboardMarkup {
  return {
    inline_keyboard: [
      AGE_CHOICES.map((choice) => ({ text: labels[choice], callback_data: `age:${choice}` })),
    ],
  };
}

/** Example questions, one button a row. */
export function suggestionKeyboard(questions: readonly string[]): InlineKeyboardMarkup {
  return {
    inline_keyboard: questions.map((question) => [
      { text: question, callback_data: `ask:${hashed(question)}` },
    ]),
  };
}

/** What a pressed button stands for; null when it is of an earlier content or of nobody's making. */
export function parseButton(
  data: string | undefined,
  suggestions: Readonly<Record<string, readonly string[]>>,
): Button | null {
  const [kind, value] = data?.split(":") ?? [];
  if (kind === "age") {
    const choice = AGE_CHOICES.find((known) => known === value);
    return choice ? { kind, choice } : null;
  }
  if (kind === "ask") {
    const question = Object.values(suggestions)
      .flat()
      .find((known) => hashed(known) === value);
    return question === undefined ? null : { kind, question };
  }
  return null;
}
