/** How a language counts, as i18next takes it: a text `key` that counts is written as `key_one`, `key_other` … */
export interface PluralForms {
  /** The forms a locale must have. */
  required: readonly string[];
  /** The forms only very large numbers or fractions need; where one is not written, the last required one stands in. */
  optional: readonly string[];
}

/** Whole numbers up to here show every form that people meet (Arabic's last one first appears at 100). */
const EVERYDAY_NUMBERS = 200;

/** The forms of a language by the rules of the Unicode CLDR. */
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
