/** The units of figures. Days and weeks are compared in hours, and years in months: "3 days" equals "72 hours". */
export const UNITS = {
  hour: { base: "hours", factor: 1 },
  day: { base: "hours", factor: 24 },
  week: { base: "hours", factor: 7 * 24 },
  month: { base: "months", factor: 1 },
  year: { base: "months", factor: 12 },
  dose: { base: "doses", factor: 1 },
  percent: { base: "%", factor: 1 },
} as const;

export type Unit = keyof typeof UNITS;

/** The words of a language that the review looks for, as regular expressions without flags. */
export interface ReviewWords {
  /** Numbers written out. "One" is left out, since it is an article in many languages. */
  numbers: Readonly<Record<string, number>>;
  units: Readonly<Record<Unit, string>>;
  /** Words between two numbers with one unit, such as "3 to 5 days". */
  between: string;
  /** Subjects at the beginning of a passage that only the text before it explains. */
  unclearSubjects: string;
  /** Beginnings that look like an unclear subject and are not one. */
  clearSubjects: string;
  /** "You are" with a situation that not every reader is in. */
  assumedSituations: string;
  /** Words earlier in the sentence that make the situation a condition. */
  conditions: string;
}

/** By language; pages in other languages are only checked for their age. */
export const REVIEW_WORDS: Readonly<Record<string, ReviewWords>> = {
  en: {
    numbers: {
      two: 2,
      three: 3,
      four: 4,
      five: 5,
      six: 6,
      seven: 7,
      eight: 8,
      nine: 9,
      ten: 10,
      eleven: 11,
      twelve: 12,
      fifteen: 15,
      twenty: 20,
      thirty: 30,
    },
    units: {
      hour: "hours?|h",
      day: "days?",
      week: "weeks?",
      month: "months?",
      year: "years?",
      dose: "doses?",
      percent: "%|per ?cent",
    },
    between: "to|or|and|-|–",
    unclearSubjects: "it|this|these|that|those|they|he|she|the (?:pill|patch|ring|test|injection|treatment)",
    clearSubjects: "this (?:page|library|bot|help)|it is (?:possible|normal|common|important|never|always)",
    assumedSituations:
      "you(?: are|['’]re)(?: \\w+){0,2} (?:pregnant|positive|infected|in danger|ill|sick|a victim|abused|addicted)",
    conditions:
      "if|whether|when|while|until|once|unless|in case|that|think|believe|sure|told|tells?|means?|as though",
  },
  fr: {
    numbers: {
      deux: 2,
      trois: 3,
      quatre: 4,
      cinq: 5,
      six: 6,
      sept: 7,
      huit: 8,
      neuf: 9,
      dix: 10,
      onze: 11,
      douze: 12,
      quinze: 15,
      vingt: 20,
      trente: 30,
    },
    units: {
      hour: "heures?|h",
      day: "jours?",
      week: "semaines?",
      month: "(?:premiers? |derniers? )?mois",
      year: "ans?|années?",
      dose: "doses?",
      percent: "%|pour cent",
    },
    between: "à|ou|et|-|–",
    unclearSubjects:
      "elles?|ils?|cela|ça|ceci|ce|c['’]|cette|ces|celles?-ci|ceux-ci|(?:la pilule|le patch|l['’]anneau|le test|l['’]injection|le traitement)(?! (?:abortive|combinée|contracepti|progestative|vaginal|du |de |d['’]))",
    clearSubjects:
      "(?:cette page|cette aide|cette bibliothèque|ce bot)|il (?:faut|y a|existe|vaut|suffit|est (?:possible|normal|courant|important|toujours))",
    assumedSituations:
      "vous êtes(?: \\p{L}+){0,2} (?:enceinte|positive|positif|séropositive|séropositif|infectée?|en danger|malade|victime|dépendante?)",
    conditions: "si|s['’]il|quand|lorsque|lorsqu['’]|que|qu['’]|signifie",
  },
};
