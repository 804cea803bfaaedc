import type { Clock } from "../core/index.ts";
import type { ConversationStore, PeopleStore } from "../store/index.ts";
import { AGE_CHOICES, type AgeChoice, ageKeyboard, suggestionKeyboard } from "./buttons.ts";
import type { Exchange } from "./exchange.ts";
import type { ConversationContent, TextKey } from "./ports.ts";
import type { Reply } from "./replies.ts";

export interface CommandDeps {
  content: ConversationContent;
  conversations: ConversationStore;
  people: PeopleStore;
  clock: Clock;
  /** Whether a model answers, rather than the library alone. */
  hasModel: boolean;
}

/** Does what a command asks and says what to reply. May be repeated for the same update. */
export type Command = (exchange: Exchange) => Promise<Reply[]>;

const AGE_LABELS: Record<AgeChoice, TextKey> = {
  "under-18": "start.age_under_18",
  "18-or-over": "start.age_18_or_over",
  skip: "start.age_skip",
};

/** The commands, by name, as they are listed in Telegram's menu. */
export function createCommands(deps: CommandDeps): Record<"start" | "help" | "new", Command> {
  const { content, conversations, people, clock, hasModel } = deps;

  return {
    async start(exchange) {
      const { personId, language, isPrivate } = exchange;
      const suggestions = content.bot.suggestions[language] ?? [];
      const replies: Reply[] = [
        {
          markdown: [
            content.translate(language, "start.welcome", { name: content.bot.name }),
            ...(hasModel ? [] : [content.translate(language, "start.library_only")]),
            ...(suggestions.length > 0 ? [content.translate(language, "start.suggestions")] : []),
          ].join("\n\n"),
          ...(suggestions.length > 0 ? { keyboard: suggestionKeyboard(suggestions) } : {}),
        },
      ];
      if (hasModel && isPrivate && (await people.find(personId))?.ageGroup === undefined) {
        replies.push({
          markdown: content.translate(language, "start.age_question"),
          keyboard: ageKeyboard(ageLabels(language)),
        });
      }
      return replies;
    },

    async help({ language }) {
      return [{ markdown: content.translate(language, "help.text") }];
    },

    async new({ chatKey, personId, seq, language }) {
      await conversations.newSession({ chatKey, telegramUserId: personId, seq, at: new Date(clock.now()) });
      return [{ markdown: content.translate(language, "new.done") }];
    },
  };

  function ageLabels(language: string): Record<AgeChoice, string> {
    const labels = AGE_CHOICES.map((choice) => [choice, content.translate(language, AGE_LABELS[choice])]);
    return Object.fromEntries(labels) as Record<AgeChoice, string>;
  }
}
