/** The plural forms of a language, in i18next's notation: a plural text `key` is written as `key_one`, `key_other` … */
export interface PluralForms {
  /** The forms a locale must have. */
  required: readonly string[];
  /** The forms that only very large numbers or fractions use; the last required form is used where one is missing. */
  optional: readonly string[];
}

/** Whole numbers up to this one cover all required forms (Arabic's last one first appears at 100). */
const EVERYDAY_NUMBERS = 200;

/** The plural forms of a language according to the Unicode CLDR. */
export function pluralForms(language: string): PluralForms {
  const rules = new Intl.PluralRules(language);
  const met = new Set<string>();
  for (let count = 0; count <= EVERYDAY_NUMBERS; count += 1) met.add(rules.select(count));
  const { pluralCategories } = rules.resolvedOptions();
  const inOrder = ["zero", "one", "two", "few", "many", "other"].filter((form) =>
    pluralCategories.some((category) => category === form),
  );
  return {
    required: inOrder.filter((form) => met.has(form)),
    optional: inOrder.filter((form) => !met.has(form)),
  };
}
