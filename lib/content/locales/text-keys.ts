/** What a locale must keep to in one sentence. */
interface TextRule {
  /** The names of the values the code fills in. */
  placeholders?: readonly string[];
  /** In UTF-16 units; by default a message's. */
  maxLength?: number;
  /** A locale has `key_one`, `key_other` …, as its language requires; the code passes the placeholder `count`. */
  isPlural?: boolean;
}

/** Telegram's limits, from its Bot API documentation: BotCommand.description and answerCallbackQuery.text. */
const COMMAND_DESCRIPTION = { maxLength: 256 };
const CALLBACK_ANSWER = { maxLength: 200 };
/** Phones cut longer labels. */
const BUTTON = { maxLength: 64 };

/** Every sentence the bot says, by key. A locale has exactly these. */
const TEXTS = {
  "commands.start": COMMAND_DESCRIPTION,
  "commands.help": COMMAND_DESCRIPTION,
  "commands.new": COMMAND_DESCRIPTION,
  "commands.ask": COMMAND_DESCRIPTION,
  "commands.topics": COMMAND_DESCRIPTION,
  "commands.settings": COMMAND_DESCRIPTION,
  "commands.language": COMMAND_DESCRIPTION,
  "commands.cancel": COMMAND_DESCRIPTION,
  "commands.stop": COMMAND_DESCRIPTION,
  "commands.history": COMMAND_DESCRIPTION,
  "commands.mydata": COMMAND_DESCRIPTION,
  "commands.forget": COMMAND_DESCRIPTION,
  "commands.stats": COMMAND_DESCRIPTION,
  "commands.broadcast": COMMAND_DESCRIPTION,
  "commands.user": COMMAND_DESCRIPTION,
  "commands.block": COMMAND_DESCRIPTION,
  "commands.unblock": COMMAND_DESCRIPTION,
  "commands.reload": COMMAND_DESCRIPTION,
  "commands.end": COMMAND_DESCRIPTION,

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
  "choice.ask": {},
  "choice.none": BUTTON,
  "choice.none_reply": {},
  "choice.gone": {},

  "answer.source": { placeholders: ["title"] },
  "answer.sources": { placeholders: ["titles"] },
  "answer.nothing_found": {},
  "answer.nothing_asked": {},
  "answer.blocked": {},
  "answer.cut_short": {},
  "answer.unfinished": {},
  "answer.unsupported": {},
  "answer.withheld": {},
  "answer.button_stale": CALLBACK_ANSWER,
  "answer.too_long": { placeholders: ["count"], isPlural: true },

  "error.apology": {},
  "error.undelivered": {},
  "media.about_photo": {},
  "media.about_voice": {},
  "media.about_audio": {},
  "media.about_video": {},
  "media.about_document": {},
  "media.no_model": {},
  "media.under_18": {},
  "media.unsupported": {},
  "media.too_large": { placeholders: ["limit"] },
  "media.gone": {},
  "media.some_left_out": {},

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
  "alert.outbox_age": { placeholders: ["value", "limit", "paused"] },
  "alert.outbox_age_over": { placeholders: ["duration"] },
  "alert.given_up": { placeholders: ["messages"] },
  "alert.given_up_over": { placeholders: ["duration"] },
  "alert.breaker": {},
  "alert.breaker_over": { placeholders: ["duration"] },
  "alert.budget": {},
  "alert.budget_over": { placeholders: ["duration"] },
  "alert.database_over": { placeholders: ["since", "duration"] },

  "rating.question": {},
  "rating.level_1": BUTTON,
  "rating.level_2": BUTTON,
  "rating.level_3": BUTTON,
  "rating.level_4": BUTTON,
  "rating.thanks": { placeholders: ["rating"] },
  "rating.why": BUTTON,
  "rating.ask_why": { placeholders: ["minutes"] },
  "rating.never_mind": BUTTON,
  "rating.no_comment": {},
  "rating.comment_saved": {},

  "history.title": {},
  "history.page": { placeholders: ["page", "pages"] },
  "history.empty": {},
  "history.newer": BUTTON,
  "history.older": BUTTON,

  "own_data.caption": { maxLength: 1000 },
  "own_data.part": { placeholders: ["part", "parts"], maxLength: 1000 },
  "own_data.empty": {},
  "own_data.private": {},

  "forget.question": {},
  "forget.yes": BUTTON,
  "forget.no": BUTTON,
  "forget.done": {},
  "forget.done_barred": {},
  "forget.kept": {},

  "limits.too_fast": {},
  "limits.day": { placeholders: ["limit"] },
  "limits.barred": {},

  "person.button": BUTTON,
  "person.asked": {},
  "person.already": {},
  "person.unavailable": {},
  "person.back": BUTTON,
  "person.from_team": {},
  "person.unreachable": {},
  "person.ended": {},
  "person.ended_by_operator": {},
  "person.ended_silence": {},
  "person.request": { placeholders: ["name", "language"] },
  "person.how": {},
  "person.end": BUTTON,
  "person.not_copied": {},
  "person.not_passed_on": {},
  "person.gone": {},
  "person.operators_ended": { placeholders: ["name"] },
  "person.operators_ended_by_person": { placeholders: ["name"] },
  "person.operators_ended_silence": { placeholders: ["name"] },
  "person.operators_blocked": { placeholders: ["name"] },
  "person.operators_forgotten": { placeholders: ["name"] },
  "person.operators_not_delivered": { placeholders: ["name"] },

  "stats.healthy": {},
  "stats.slow": { placeholders: ["operation", "value"] },
  "stats.failing": { placeholders: ["share", "operation", "code"] },
  "stats.questions": { placeholders: ["asked", "failed"] },
  "stats.no_questions": {},
  "stats.answer_time": { placeholders: ["half", "most"] },
  "stats.thumbs": { placeholders: ["up", "down"] },
  "stats.ratings": { placeholders: ["ratings", "mean"] },
  "stats.now": { placeholders: ["inFlight", "waiting", "queued"] },
  "stats.people": { placeholders: ["people"] },
  "stats.chart_title": {},
  "stats.chart_questions": {},
  "stats.chart_p95": {},

  "operators.usage": { placeholders: ["command"] },
  "operators.unknown_person": { placeholders: ["id"] },
  "operators.user": {
    placeholders: ["id", "language", "age", "topic", "first", "last", "questions", "kept", "state"],
  },
  "operators.state_barred": {},
  "operators.state_blocked": {},
  "operators.state_fine": {},
  "operators.barred": { placeholders: ["id"] },
  "operators.unbarred": { placeholders: ["id"] },
  "operators.is_operator": {},
  "operators.reloaded": { placeholders: ["changes"] },
  "operators.reload_same": {},
  "operators.reload_failed": { placeholders: ["mistakes"] },

  "broadcast.usage": {},
  "broadcast.too_long": {},
  "broadcast.confirm": { placeholders: ["people"] },
  "broadcast.send": BUTTON,
  "broadcast.cancel": BUTTON,
  "broadcast.stop": BUTTON,
  "broadcast.dropped": {},
  "broadcast.progress": { placeholders: ["done", "total"] },
  "broadcast.cancelled": { placeholders: ["sent"] },
  "broadcast.done": { placeholders: ["sent", "failed"] },

  "menu.ask": BUTTON,
  "menu.topics": BUTTON,
  "menu.settings": BUTTON,
  "menu.new": BUTTON,
  "menu.help": BUTTON,
  "menu.leave": BUTTON,
  "menu.ask_invitation": {},
  "menu.left": {},

  "cancel.question": {},
  "cancel.nothing": {},

  "edit.answered_below": {},
  "edit.old_answer": {},

  "wait.minutes": { placeholders: ["place", "count"], isPlural: true },
  "wait.place": { placeholders: ["place", "seconds"] },
  "wait.stop": BUTTON,

  "risk.no_answer": {},
  "risk.alert": { placeholders: ["name", "id", "rule"] },
  "risk.alert_in_group": { placeholders: ["name", "id", "rule"] },

  "flow.skip": BUTTON,
  "flow.back": BUTTON,
  "flow.cancel": BUTTON,
  "flow.continue": BUTTON,
  "flow.begin": BUTTON,
  "flow.send_location": BUTTON,
  "flow.send_contact": BUTTON,
  "flow.noted": {},
  "flow.done": {},
  "flow.stopped": { placeholders: ["title"] },
  "flow.half_way": { placeholders: ["title"] },
  "flow.moved_on": {},
  "flow.over": { placeholders: ["title"] },
  "flow.changed": {},
  "flow.gone": {},
  "flow.retry_choice": {},
  "flow.retry_text": {},
  "flow.retry_number": {},
  "flow.retry_date": {},
  "flow.retry_location": {},
  "flow.retry_contact": {},

  "onboarding.offer": {},

  "language.choose": {},
  "language.set": {},

  "topics.title": {},
  "topics.empty": {},
  "topics.back": BUTTON,

  "settings.title": {},
  "settings.language": { ...BUTTON, placeholders: ["language"] },
  "settings.age": { ...BUTTON, placeholders: ["age"] },
  "settings.age_unknown": BUTTON,
  "settings.age_not_say": BUTTON,
  "settings.choose_age": {},
  "settings.start_over": BUTTON,
  "settings.data": BUTTON,
  "settings.leave": BUTTON,
  "settings.back": BUTTON,
  "settings.private_only": {},

  "nudge.sticker": {},
  "nudge.dice": {},
  "nudge.location": {},
  "nudge.contact": {},
  "nudge.poll": {},
} as const satisfies Record<string, TextRule>;

/** The key of a sentence in the locales. */
export type TextKey = keyof typeof TEXTS;

/** All keys, in the order of the locales. */
export const TEXT_KEYS = Object.keys(TEXTS) as TextKey[];

export function textRule(key: TextKey): TextRule {
  return TEXTS[key];
}
