import * as z from "zod";
import type { ContentFolder } from "../files/content-folder.ts";
import type { Mistake } from "../files/mistakes.ts";
import { parseYaml, type YamlFile } from "../files/yaml-file.ts";
import { isLanguageCode } from "../locales/languages.ts";
import { type ServiceSettings, serviceShape, toServiceSettings } from "./service-settings.ts";

/** The settings in `bot.yaml`. */
export interface BotSettings extends ServiceSettings {
  name: string;
  /** Language codes such as `en` or `pt-BR`; never empty. */
  languages: string[];
  /** One of `languages`. */
  defaultLanguage: string;
  /** The model's role, in English. */
  persona: string;
  /** Rules for the model, in English. */
  rules: string[];
  /** Example questions for buttons, by language: at most 6, of at most 64 UTF-16 units each. */
  suggestions: Record<string, string[]>;
}

const MAX_SUGGESTIONS = 6;
const MAX_SUGGESTION_LENGTH = 64;

const sentence = z.string().trim().min(1);

const schema = z
  .strictObject({
    name: sentence.max(64), // Telegram's limit for a bot's name
    languages: z
      .array(sentence.refine(isLanguageCode, 'is not a language code; write it like "en" or "pt-BR"'))
      .min(1)
      .refine((languages) => new Set(languages).size === languages.length, "names a language twice"),
    default_language: sentence,
    persona: sentence,
    rules: z.array(sentence).min(1),
    suggestions: z.record(sentence, z.array(sentence.max(MAX_SUGGESTION_LENGTH)).max(MAX_SUGGESTIONS)),
    ...serviceShape,
  })
  .superRefine(({ languages, default_language, suggestions }, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    const known = languages.join(", ");
    if (!languages.includes(default_language)) refuse(["default_language"], `must be one of: ${known}`);
    for (const language of languages) {
      if (!suggestions[language])
        refuse(["suggestions"], `has no "${language}"; add it, or write "${language}: []"`);
    }
    for (const language of Object.keys(suggestions)) {
      if (!languages.includes(language))
        refuse(["suggestions", language], `is not one of the languages: ${known}`);
    }
  })
  .transform(
    (written): BotSettings => ({
      name: written.name,
      languages: written.languages,
      defaultLanguage: written.default_language,
      persona: written.persona,
      rules: written.rules,
      suggestions: written.suggestions,
      ...toServiceSettings(written),
    }),
  );

/** Reads `bot.yaml`; null when it has mistakes. */
export async function loadBotSettings(
  folder: ContentFolder,
  mistakes: Mistake[],
): Promise<YamlFile<BotSettings> | null> {
  const file = await folder.read("bot.yaml");
  return file && parseYaml(file, schema, mistakes);
}
