import { createInstance } from "i18next";
import { isolate, isRightToLeft } from "./direction.ts";
import type { Locale } from "./locales.ts";
import type { TextKey } from "./text-keys.ts";

/** The values of a sentence's placeholders. */
export type TextValues = Record<string, string | number>;

/** Returns the sentence for `key` in a language. */
export type Translate = (language: string, key: TextKey, values?: TextValues) => string;

const NO_VALUES: TextValues = {};

/** Shown for a key that does not exist, which types and tests rule out. */
const FALLBACK: TextKey = "error.apology";

/**
 * Translates with i18next. Values are not escaped or searched for further placeholders; a value of the other writing
 * direction is isolated. The value `count` selects the plural form.
 * @param chooseLanguage finds the locale for a language without one
 * @param onMistake called for a missing sentence or value
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
  /** Sentences without values, by language and key. Cached since every message is compared with all menu labels. */
  const fixed = new Map<string, string>();
  const rightToLeft = new Map([...locales.keys()].map((language) => [language, isRightToLeft(language)]));
  return (language, key, values = NO_VALUES) => {
    const lng = chooseLanguage(language);
    const name = `${lng} ${key}`;
    const cached = values === NO_VALUES ? fixed.get(name) : undefined;
    if (cached !== undefined) return cached;
    const count = typeof values.count === "number" ? { count: values.count } : {};
    const known = i18n.exists(key, { lng, ...count });
    if (!known) onMistake(`There is no text "${key}" in "${lng}".`);
    const replace = isolated(values, rightToLeft.get(lng) ?? false);
    const sentence = i18n.t(known ? key : FALLBACK, { lng, ...count, replace });
    if (known && values === NO_VALUES) fixed.set(name, sentence);
    return sentence;
  };
}

function isolated(values: TextValues, isSentenceRightToLeft: boolean): TextValues {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "string" ? isolate(value, isSentenceRightToLeft) : value,
    ]),
  );
}
