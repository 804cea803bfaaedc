import type { TextKey } from "../../content/index.ts";
import { fingerprint } from "../../core/index.ts";
import type { PeopleStore } from "../../store/index.ts";
import type { Exchange } from "../exchange.ts";
import type { Commands, Feature, Turn } from "../feature.ts";
import type { Flows } from "../flows/index.ts";
import type { Bot } from "../incoming/incoming.ts";
import type { ConversationAnswers, ConversationContent } from "../ports.ts";
import type { AskQuestion } from "../questions/asking.ts";
import { contextOf } from "../questions/quoted-message.ts";
import type { Reply } from "../replies.ts";
import { AGE_CHOICES, type AgeChoice, ageKeyboard, suggestionKeyboard } from "./buttons.ts";
import { menuKeyboard } from "./menu.ts";

export interface WelcomeDeps {
  content: ConversationContent;
  people: PeopleStore;
  bot: Bot;
  ask: AskQuestion;
  flows: Pick<Flows, "welcome">;
  /** Whether a model answers, rather than the library alone. */
  hasModel: boolean;
  answers: Pick<ConversationAnswers, "askable">;
  /** Whether there is an operators' chat, and so a person to talk to. */
  hasTeam: boolean;
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

/** The beginning, help, and the example questions. */
export function createWelcome({
  content,
  people,
  bot,
  ask,
  flows,
  hasModel,
  answers,
  hasTeam,
}: WelcomeDeps): Feature & Commands<"start" | "help" | "ask"> {
  async function start(exchange: Exchange, turn: Turn): Promise<Reply[]> {
    const { language, isPrivate } = exchange;
    const greeting = [
      content.translate(language, "start.welcome", { name: content.bot.name }),
      ...(hasModel ? [] : [content.translate(language, "start.library_only")]),
    ].join("\n\n");
    if (!isPrivate) return [{ markdown: greeting }, ...suggestions(language)];
    const welcome: Reply = { markdown: greeting, keyboard: menuKeyboard(content, language) };
    const flow = await flows.welcome(exchange, turn);
    return [welcome, ...(flow ?? [...suggestions(language), ...ageQuestion(exchange)])];
  }

  function suggestions(language: string): Reply[] {
    const questions = content.bot.suggestions[language] ?? [];
    if (questions.length === 0) return [];
    const markdown = content.translate(language, "start.suggestions");
    return [{ markdown, keyboard: suggestionKeyboard(questions) }];
  }

  /** Asked where there is no flow for new people that could ask it. */
  function ageQuestion({ language, person }: Exchange): Reply[] {
    if (!hasModel || content.bot.onboarding !== undefined || person?.ageGroup !== undefined) return [];
    const labels = AGE_CHOICES.map((choice) => [choice, content.translate(language, AGE_LABELS[choice])]);
    const keyboard = ageKeyboard(Object.fromEntries(labels) as Record<AgeChoice, string>);
    return [{ markdown: content.translate(language, "start.age_question"), keyboard }];
  }

  return {
    commands: {
      start: (exchange, _args, turn) => start(exchange, turn),
      help: async ({ language, isPrivate }) => [
        {
          markdown: content.translate(language, "help.text", {
            person: hasTeam ? `\n${content.translate(language, "help.person")}` : "",
          }),
          ...(isPrivate ? { keyboard: menuKeyboard(content, language) } : {}),
        },
      ],
      async ask(exchange, args, turn) {
        const [message] = turn.parts;
        if (args !== "") {
          return ask(exchange, { text: args, ...(message ? contextOf(message, args, bot) : {}) }, turn);
        }
        const { language } = exchange;
        const examples = suggestions(language);
        if (examples.length > 0) return examples;
        return [{ markdown: content.translate(language, "menu.ask_invitation") }];
      },
    },
    presses: {
      async age({ isPrivate, personId, language }, { value, messageId }) {
        const choice = AGE_CHOICES.find((known) => known === value);
        if (!choice || !isPrivate) return null;
        if (choice !== "skip") await people.change(personId, { ageGroup: choice });
        const isAskedAllTheSame = choice === "under-18" && answers.askable({ ageGroup: choice }) === "model";
        const reply = isAskedAllTheSame ? AGE_REPLY["18-or-over"] : AGE_REPLY[choice];
        return [{ markdown: content.translate(language, reply), editsMessage: messageId }];
      },
      async ask(exchange, { value }, turn) {
        const known = Object.values(content.bot.suggestions).flat();
        const question = known.find((suggestion) => fingerprint(suggestion) === value);
        return question === undefined ? null : ask(exchange, { text: question, isRepeated: true }, turn);
      },
    },
  };
}
