import type { LibraryPage, Passage } from "../../lib/content/index.ts";

/** A small library in two languages; each page is `[title, ...[section, text]]`. */
const PAGES: Record<string, [string, ...[string, string][]]> = {
  "en/condoms": [
    "Condoms",
    [
      "How to put one on",
      "Check the date on the packet. Open it with your fingers, not your teeth. Pinch the tip and roll the condom down all the way before any contact. " +
        "Hold it at the rim when pulling out, take it off, tie it and throw it into the bin. Use a new one each time, and use enough water-based lubricant. Oil harms latex.",
    ],
    [
      "When it breaks or slips off",
      "If a condom breaks or comes off, emergency contraception can still prevent a pregnancy, the sooner the better. Also think of a test for infections.",
    ],
  ],
  "en/the-pill": [
    "The pill",
    [
      "How it works",
      "The pill holds hormones that stop the ovaries from releasing an egg. It is taken at the same time every day.",
    ],
    [
      "A forgotten pill",
      "If you forget a pill, take it as soon as you remember and read the leaflet. Being many hours late can mean that you are not protected.",
    ],
  ],
  "en/periods": [
    "Periods",
    [
      "A late period",
      "A period can be late because of stress, illness or travel. If you had sex, a pregnancy test gives an answer.",
    ],
    [
      "Pain and cramps",
      "Many people have cramps in the belly on the first days. Warmth and rest often help. See a doctor when pain keeps you from school or work.",
    ],
  ],
  "en/hiv": [
    "HIV",
    [
      "How it is passed on",
      "HIV is passed on through blood, semen, vaginal fluids and breast milk. It is not passed on by kissing, hugging, mosquitoes or sharing food.",
    ],
    [
      "Testing",
      "A blood test shows whether someone lives with HIV. Many clinics test for free and without a name.",
    ],
  ],
  "en/pregnancy": [
    "Pregnancy",
    [
      "How it begins",
      "Pregnancy can begin whenever sperm reaches an egg, also the very first time someone has sex, and also when he pulls out.",
    ],
    [
      "Signs and tests",
      "Signs are a missed period, tender breasts and nausea. A test from the pharmacy works from the day the period is due.",
    ],
  ],
  "en/consent": [
    "Consent",
    [
      "Saying yes and saying no",
      "Consent means that everyone wants it, freely, and can change their mind at any moment. Nobody has to explain a no.",
    ],
  ],
  "en/violence": [
    "Violence",
    [
      "Getting help",
      "If a partner hits, threatens or controls you, it is not your fault. Call the emergency number, or talk to a support line.",
    ],
  ],
  "fr/preservatifs": [
    "Les préservatifs",
    [
      "Comment le mettre",
      "Ouvrez l'emballage avec les doigts. Pincez le bout et déroulez le préservatif jusqu'en bas avant tout contact. Un neuf à chaque fois.",
    ],
    [
      "S'il se déchire",
      "Si le préservatif se déchire ou glisse, la contraception d'urgence peut encore éviter une grossesse.",
    ],
  ],
  "fr/regles": [
    "Les règles",
    [
      "Un retard",
      "Les règles peuvent avoir du retard à cause du stress ou d'un voyage. Après un rapport, un test de grossesse donne la réponse.",
    ],
    [
      "Douleurs",
      "Les crampes au ventre sont fréquentes les premiers jours. La chaleur aide. Consultez si la douleur vous empêche de sortir.",
    ],
  ],
  "fr/vih": [
    "Le VIH",
    [
      "Transmission",
      "Le VIH se transmet par le sang, le sperme et le lait maternel. Il ne se transmet pas par un baiser ni par les moustiques.",
    ],
  ],
  "fr/pilule": [
    "La pilule",
    [
      "Un oubli",
      "Si vous avez oublié un comprimé, prenez-le dès que possible et lisez la notice de la pilule.",
    ],
  ],
  "fr/violences": [
    "Les violences",
    [
      "Trouver de l'aide",
      "Si votre partenaire vous frappe ou vous menace, ce n'est pas votre faute. Appelez le numéro d'urgence.",
    ],
  ],
};

export const passages: readonly Passage[] = Object.entries(PAGES).flatMap(([pageId, [title, ...sections]]) =>
  sections.map(([section, text], index) => ({
    id: `${pageId}#${index + 1}`,
    pageId,
    language: pageId.slice(0, 2),
    title,
    section,
    text,
  })),
);

/** The pages of some passages, without keywords or example questions. */
export function pagesOf(of: readonly Passage[]): LibraryPage[] {
  const pages = new Map(of.map(({ pageId, language, title }) => [pageId, { id: pageId, language, title }]));
  return [...pages.values()].map((page) => ({ ...page, keywords: [], questions: [], urgent: [] }));
}
