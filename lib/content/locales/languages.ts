/** Whether `code` is a canonical language code, such as `en`, `pt-BR` or `zh-Hans`. */
export function isLanguageCode(code: string): boolean {
  if (!/^[a-z]{2,3}(-|$)/.test(code)) return false; // Intl accepts words such as "french"
  try {
    return Intl.getCanonicalLocales(code)[0] === code;
  } catch {
    return false; // Intl throws for malformed codes
  }
}

/**
 * Finds the supported language closest to a code such as Telegram's `language_code`: the same one, else a more general
 * one (`fr` for `fr-CA`), else another variant (`pt-BR` for `pt-PT`), else the default.
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
    const variant = languages.find((language) => language.toLowerCase().split("-")[0] === parts[0]);
    return variant ?? defaultLanguage;
  };
}
