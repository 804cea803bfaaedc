import { createInstance } from "i18next";
import { isolate, isRightToLeft } from "./direction.ts";
import type { Locale } from "./locales.ts";
import type { TextKey } from "./text-keys.ts";

/** What is filled into a sentence, by placeholder. */
export type TextValues = Record<string, string | number>;

/** Says the sentence for `key` in one of the languages. */
export type Translate = (language: string, key: TextKey, values?: TextValues) => string;

const NOTHING: TextValues = {};

/** Shown where the program asks for a sentence that does not exist, which types and tests rule out. */
const LAST_RESORT: TextKey = "error.apology";

/**
 * Sentences through i18next. Nothing filled in is escaped, or looked through for further placeholders; what is written
 * in the other direction than the sentence is set apart. A value `count` chooses among the plural forms.
 * @param chooseLanguage finds the locale for a language that has none
 * @param onMistake told when a sentence or a value is asked for or missing by mistake; a test makes it throw
 */
export function createTranslator(
  locales: ReadonlyMap<string, Locale>,
  chooseLanguage: (languageCode: string | undefined) => string,
  onMistake: (message: string) => void,
): Translate {
  const i18n = createInstance();
  void i18n.init({
    initAsync: false, // so that it is ready when init returns
    resources: Object.fromEntries(
      [...locales].map(([language, texts]) => [language, { translation: texts }]),
    ),
    fallbackLng: false,
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false, skipOnVariables: true },
    missingInterpolationHandler: (text) => {
      onMistake(`A placeholder got no value in: ${text}`);
      return "";
    },
  });
  /** Sentences into which nothing is filled, by language and key: a message is held against every label of the menu. */
  const fixed = new Map<string, string>();
  const rightToLeft = new Map([...locales.keys()].map((language) => [language, isRightToLeft(language)]));
  return (language, key, values = NOTHING) => {
    const lng = chooseLanguage(language);
    const name = `${lng} ${key}`;
    const before = values === NOTHING ? fixed.get(name) : undefined;
    if (before !== undefined) return before;
    const count = typeof values.count === "number" ? { count: values.count } : {};
    const known = i18n.exists(key, { lng, ...count });
    if (!known) onMistake(`There is no text "${key}" in "${lng}".`);
    const replace = setApart(values, rightToLeft.get(lng) ?? false);
    const sentence = i18n.t(known ? key : LAST_RESORT, { lng, ...count, replace });
    if (known && values === NOTHING) fixed.set(name, sentence);
    return sentence;
  };
}

function setApart(values: TextValues, isSentenceRightToLeft: boolean): TextValues {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "string" ? isolate(value, isSentenceRightToLeft) : value,
    ]),
  );
}
