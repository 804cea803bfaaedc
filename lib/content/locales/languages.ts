/** Whether `code` is a language code in its usual writing, such as `en`, `pt-BR` or `zh-Hans`. */
export function isLanguageCode(code: string): boolean {
  if (!/^[a-z]{2,3}(-|$)/.test(code)) return false; // Intl lets words such as "french" pass
  try {
    return Intl.getCanonicalLocales(code)[0] === code;
  } catch {
    return false; // how Intl says that it is not well-formed
  }
}

/**
 * Finds the best of our languages for a code from outside, such as Telegram's `language_code`: the same one, else a
 * wider one (`fr` for `fr-CA`), else a sister (`pt-BR` for `pt-PT`), else the default.
 */
export function createLanguageChooser(
  languages: readonly string[],
  defaultLanguage: string,
): (languageCode: string | undefined) => string {
  return (languageCode) => {
    const parts = (languageCode ?? "").trim().toLowerCase().split(/[-_]/);
    for (let length = parts.length; length > 0; length--) {
      const wanted = parts.slice(0, length).join("-");
      const found = languages.find((language) => language.toLowerCase() === wanted);
      if (found) return found;
    }
    const sister = languages.find((language) => language.toLowerCase().split("-")[0] === parts[0]);
    return sister ?? defaultLanguage;
  };
}
