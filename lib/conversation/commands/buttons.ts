import { fingerprint } from "../../core/index.ts";
import type { InlineKeyboardMarkup } from "../../telegram/index.ts";

/** The answers to the question for the age. */
export const AGE_CHOICES = ["under-18", "18-or-over", "skip"] as const;
export type AgeChoice = (typeof AGE_CHOICES)[number];

/** The buttons of the question for the age, in one row. */
export function ageKeyboard(labels: Record<AgeChoice, string>): InlineKeyboardMarkup {
  return {
    inline_keyboard: [
      AGE_CHOICES.map((choice) => ({ text: labels[choice], callback_data: `age:${choice}` })),
    ],
  };
}

/** Example questions, one button per row. */
export function suggestionKeyboard(questions: readonly string[]): InlineKeyboardMarkup {
  return {
    inline_keyboard: questions.map((question) => [
      { text: question, callback_data: `ask:${fingerprint(question)}` },
    ]),
  };
}
