import type { PeopleStore } from "../../store/index.ts";
import type { InlineKeyboardMarkup } from "../../telegram/index.ts";
import { languageName } from "../../text/index.ts";
import type { Exchange } from "../exchange.ts";
import type { Commands, Feature } from "../feature.ts";
import type { Flows } from "../flows/index.ts";
import type { ConversationContent } from "../ports.ts";
import type { Reply } from "../replies.ts";
import type { Router } from "../router.ts";
import { menuKeyboard } from "./menu.ts";

export interface SettingsDeps {
  content: ConversationContent;
  people: PeopleStore;
  flows: Pick<Flows, "startOver">;
  runCommand: Router["runCommand"];
}

type AgeGroup = "under-18" | "18-or-over";

const AGE_LABELS = {
  "under-18": "start.age_under_18",
  "18-or-over": "start.age_18_or_over",
} as const satisfies Record<AgeGroup, string>;

/** `/settings` and `/language`: one message that is edited in place. */
export function createSettings({
  content,
  people,
  flows,
  runCommand,
}: SettingsDeps): Feature & Commands<"settings" | "language"> {
  const say = (language: string, key: Parameters<typeof content.translate>[1]): string =>
    content.translate(language, key);

  function overview(language: string, ageGroup: AgeGroup | undefined): Reply {
    const age = say(language, ageGroup ? AGE_LABELS[ageGroup] : "settings.age_unknown");
    const languageLabel = content.translate(language, "settings.language", {
      language: languageName(language),
    });
    const buttons: [text: string, value: string][] = [
      ...(content.bot.languages.length > 1 ? [[languageLabel, "language"] as [string, string]] : []),
      [content.translate(language, "settings.age", { age }), "age"],
      ...(content.bot.onboarding === undefined
        ? []
        : [[say(language, "settings.start_over"), "over"] as [string, string]]),
      [say(language, "settings.data"), "data"],
      [say(language, "settings.leave"), "leave"],
    ];
    return { markdown: say(language, "settings.title"), keyboard: keyboardOf(buttons) };
  }

  function languageQuestion(language: string): Reply {
    const buttons = content.bot.languages.map((code): [string, string] => [
      languageName(code),
      `language:${code}`,
    ]);
    return {
      markdown: say(language, "language.choose"),
      keyboard: keyboardOf([...buttons, [say(language, "settings.back"), "overview"]]),
    };
  }

  function ageQuestion(language: string): Reply {
    return {
      markdown: say(language, "settings.choose_age"),
      keyboard: keyboardOf([
        [say(language, AGE_LABELS["under-18"]), "age:under-18"],
        [say(language, AGE_LABELS["18-or-over"]), "age:18-or-over"],
        [say(language, "settings.age_not_say"), "age:none"],
        [say(language, "settings.back"), "overview"],
      ]),
    };
  }

  /** Settings are not shown in groups. */
  const inPrivate =
    (reply: (exchange: Exchange) => Reply) =>
    async (exchange: Exchange): Promise<Reply[]> =>
      exchange.isPrivate
        ? [reply(exchange)]
        : [{ markdown: say(exchange.language, "settings.private_only") }];

  async function chooseLanguage(exchange: Exchange, chosen: string): Promise<Reply[] | null> {
    if (!content.bot.languages.includes(chosen)) return null;
    await people.change(exchange.personId, { language: chosen });
    return [
      overview(chosen, exchange.person?.ageGroup),
      { markdown: say(chosen, "language.set"), keyboard: menuKeyboard(content, chosen) },
    ];
  }

  async function chooseAge({ personId, language }: Exchange, chosen: string): Promise<Reply[] | null> {
    if (chosen === "none") {
      await people.forgetField(personId, "ageGroup");
      return [overview(language, undefined)];
    }
    if (chosen !== "under-18" && chosen !== "18-or-over") return null;
    await people.change(personId, { ageGroup: chosen });
    return [overview(language, chosen)];
  }

  async function press(exchange: Exchange, value: string): Promise<Reply[] | null> {
    const { language, person } = exchange;
    const [what = "", chosen] = value.split(":");
    switch (what) {
      case "overview":
        return [overview(language, person?.ageGroup)];
      case "language":
        return chosen === undefined ? [languageQuestion(language)] : chooseLanguage(exchange, chosen);
      case "age":
        return chosen === undefined ? [ageQuestion(language)] : chooseAge(exchange, chosen);
      default:
        return null;
    }
  }

  return {
    commands: {
      settings: inPrivate(({ language, person }) => overview(language, person?.ageGroup)),
      language: inPrivate(({ language }) => languageQuestion(language)),
    },
    presses: {
      async set(exchange, { value, messageId }, turn) {
        if (!exchange.isPrivate) return null;
        if (value === "over") return flows.startOver(exchange, turn);
        if (value === "data") return runCommand(exchange, "mydata", "", turn);
        if (value === "leave") return runCommand(exchange, "stop", "", turn);
        const [first, ...others] = (await press(exchange, value)) ?? [];
        return first ? [{ ...first, editsMessage: messageId }, ...others] : null;
      },
    },
  };
}

function keyboardOf(buttons: readonly (readonly [text: string, value: string])[]): InlineKeyboardMarkup {
  return { inline_keyboard: buttons.map(([text, value]) => [{ text, callback_data: `set:${value}` }]) };
}
