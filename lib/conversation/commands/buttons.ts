import { hashed } from "../../core/index.ts";
import type { InlineKeyboardMarkup } from "../../telegram/index.ts";

/** What people say of their age. */
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
