import type { Clock } from "../core/index.ts";
import { hashed } from "../core/index.ts";
import type { ConversationStore, PeopleStore } from "../store/index.ts";
import { AGE_CHOICES, type AgeChoice, ageKeyboard, suggestionKeyboard } from "./buttons.ts";
import type { Exchange } from "./exchange.ts";
import type { Feature } from "./feature.ts";
import type { ConversationContent, TextKey } from "./ports.ts";
import type { AskQuestion } from "./questions.ts";
import type { Reply } from "./replies.ts";

export interface WelcomeDeps {
  content: ConversationContent;
  conversations: ConversationStore;
  people: PeopleStore;
  ask: AskQuestion;
  clock: Clock;
  /** Whether a model answers, rather than the library alone. */
  hasModel: boolean;
}

const AGE_LABELS: Record<AgeChoice, TextKey> = {
  "under-18": "start.age_under_18",
  "18-or-over": "start.age_18_or_over",
  skip: "start.age_skip",
};

const AGE_REPLY = {
  "under-18": "start.age_saved_under_18",
  "18-or-over": "start.age_saved_adult",
  skip: "start.age_skipped",
} as const satisfies Record<AgeChoice, TextKey>;

/** The beginning, help, a fresh conversation, and the example questions. */
export function createWelcome(deps: WelcomeDeps): Feature {
  const { content, conversations, people, ask, clock, hasModel } = deps;

  function start({ language, isPrivate, person }: Exchange): Reply[] {
    const suggestions = content.bot.suggestions[language] ?? [];
    const welcome: Reply = {
      markdown: [
        content.translate(language, "start.welcome", { name: content.bot.name }),
        ...(hasModel ? [] : [content.translate(language, "start.library_only")]),
        ...(suggestions.length > 0 ? [content.translate(language, "start.suggestions")] : []),
      ].join("\n\n"),
      ...(suggestions.length > 0 ? { keyboard: suggestionKeyboard(suggestions) } : {}),
    };
    if (!hasModel || !isPrivate || person?.ageGroup !== undefined) return [welcome];
    return [
      welcome,
      {
        markdown: content.translate(language, "start.age_question"),
        keyboard: ageKeyboard(ageLabels(language)),
      },
    ];
  }

  function ageLabels(language: string): Record<AgeChoice, string> {
    const labels = AGE_CHOICES.map((choice) => [choice, content.translate(language, AGE_LABELS[choice])]);
    return Object.fromEntries(labels) as Record<AgeChoice, string>;
  }

  return {
    commands: {
      start: async (exchange) => start(exchange),
      help: async ({ language }) => [{ markdown: content.translate(language, "help.text") }],
      async new({ chatKey, personId, seq, language }) {
        await conversations.newSession({ chatKey, telegramUserId: personId, seq, at: new Date(clock.now()) });
        return [{ markdown: content.translate(language, "new.done") }];
      },
    },
    presses: {
      async age({ isPrivate, personId, language }, { value, messageId }) {
        const choice = AGE_CHOICES.find((known) => known === value);
        if (!choice || !isPrivate) return null;
        if (choice !== "skip") await people.change(personId, { ageGroup: choice });
        return [{ markdown: content.translate(language, AGE_REPLY[choice]), editsMessage: messageId }];
      },
      async ask(exchange, { value }, turn) {
        const known = Object.values(content.bot.suggestions).flat();
        const question = known.find((suggestion) => hashed(suggestion) === value);
        return question === undefined ? null : ask(exchange, { text: question, isRepeated: true }, turn);
      },
    },
  };
}
