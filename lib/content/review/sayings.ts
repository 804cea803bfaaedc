import type { ContentFile } from "../files/content-folder.ts";
import type { Mistake } from "../files/mistakes.ts";
import type { BotSettings } from "../settings/bot-settings.ts";

/** Finds languages that lack the phrases which others have: what people say in their own words is not understood there. */
export function reviewSayings(
  file: ContentFile,
  { languages, person, smallTalk }: Pick<BotSettings, "languages" | "person" | "smallTalk">,
): Mistake[] {
  const sayings = [
    { name: "person.phrases", phrases: person.phrases, purpose: "how people ask for a person" },
    { name: "small_talk.thanks", phrases: smallTalk.thanks, purpose: "how people give thanks" },
  ];
  return sayings.flatMap(({ name, phrases, purpose }) => {
    if (Object.keys(phrases).length === 0) return []; // the operator does without
    return languages
      .filter((language) => !Object.hasOwn(phrases, language))
      .map((language) => ({
        file: file.path,
        text: `"${name}" has no "${language}"; add ${purpose} in it, or write "${language}: []"`,
      }));
  });
}
