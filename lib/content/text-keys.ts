/** What the program promises about one sentence, and what a locale must keep to. */
interface TextRule {
  /** The names it fills in. */
  placeholders?: readonly string[];
  /** The greatest length in UTF-16 units. */
  maxLength?: number;
  /**
   * Whether it counts: a locale has it as `key_one`, `key_other` and so on, by its language's rules; the program
   * hands in `count`, which is to be among the placeholders.
   */
  isPlural?: boolean;
}

/** Telegram's limits, from its Bot API documentation: BotCommand.description and answerCallbackQuery.text. */
const COMMAND_DESCRIPTION = { maxLength: 256 };
const CALLBACK_ANSWER = { maxLength: 200 };
/** Ours: a longer label is cut on a phone. */
const BUTTON = { maxLength: 64 };

/** Every sentence the bot says. A locale has exactly these. */
export const TEXTS = {
  "commands.start": COMMAND_DESCRIPTION,
  "commands.help": COMMAND_DESCRIPTION,
  "commands.new": COMMAND_DESCRIPTION,

  "start.welcome": { placeholders: ["name"] },
  "start.library_only": {},
  "start.age_question": {},
  "start.age_under_18": BUTTON,
  "start.age_18_or_over": BUTTON,
  "start.age_skip": BUTTON,
  "start.age_saved_under_18": {},
  "start.age_saved_adult": {},
  "start.age_skipped": {},
  "start.suggestions": {},

  "help.text": {},
  "new.done": {},

  "answer.from_library": {},
  "answer.library_because_busy": {},
  "answer.library_because_failed": {},
  "answer.library_because_under_18": {},
  "answer.library_because_quota": {},
  "answer.library_because_budget": {},
  "answer.source": { placeholders: ["title"] },
  "answer.sources": { placeholders: ["titles"] },
  "answer.nothing_found": {},
  "answer.blocked": {},
  "answer.cut_short": {},
  "answer.unfinished": {},
  "answer.unsupported": {},
  "answer.withheld": {},
  "answer.button_stale": CALLBACK_ANSWER,
  "answer.too_long": { placeholders: ["count"], isPlural: true },

  "error.apology": {},
  "unsupported.message": {},
  "unsupported.command": { placeholders: ["command"] },
  "group.hint": {},

  "alert.answer_p95": { placeholders: ["value", "limit"] },
  "alert.cause": { placeholders: ["part"] },
  "alert.answer_p95_over": { placeholders: ["duration"] },
  "alert.errors": { placeholders: ["share", "operation", "code", "limit"] },
  "alert.errors_over": { placeholders: ["duration"] },
  "alert.inbox_age": { placeholders: ["value", "limit"] },
  "alert.inbox_age_over": { placeholders: ["duration"] },
  "alert.breaker": {},
  "alert.breaker_over": { placeholders: ["duration"] },
  "alert.budget": {},
  "alert.budget_over": { placeholders: ["duration"] },
  "alert.database_over": { placeholders: ["since", "duration"] },
} as const satisfies Record<string, TextRule>;

/** The name of a sentence in the locales. */
export type TextKey = keyof typeof TEXTS;

/** All names of sentences, in the order a locale has them. */
export const TEXT_KEYS = Object.keys(TEXTS) as TextKey[];

/** What a locale must keep to for `key`. */
export function textRule(key: TextKey): TextRule {
  return TEXTS[key];
}
