import { createHash } from "node:crypto";
import { fold } from "../../text/index.ts";
import type { Question } from "../answer.ts";

/**
 * Words, folded, by which a question is about one person or refers to what was said before. Questions in a language
 * without an entry are never shared.
 */
const PERSONAL_WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  en: words(`
    my mine me myself im ive id ill am we were weve our ours us he she him her his hers they them their
    yesterday today tonight ago again also instead else name called
  `),
  fr: words(`
    mon ma mes moi me jai jetais javais jaurais suis nous notre nos lui elle il ils elles leur leurs
    hier aujourdhui depuis encore aussi sinon appelle nom
  `),
};

/**
 * How a question of each language begins, and its most frequent words. A question is only in the language it claims to be
 * in when it begins so and a good part of it are such words: the personal words of any other language are not known here.
 */
const QUESTION_STARTS: Readonly<Record<string, ReadonlySet<string>>> = {
  en: words(
    "what whats which who how when where why is are does do did can could should will would must may",
  ),
  fr: words(`
    comment que quoi quel quelle quels quelles qui quand ou combien pourquoi est cest quest peut faut doit
    existe sont a les le la
  `),
};
const FREQUENT_WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  en: words(`
    a an the of to in on at for with without from by and or if about against after before during between
    what whats which who how when where why is are be been does do did can could should will would must may
    i you your it its this that there not no any some one more most many much get use need
  `),
  fr: words(`
    un une le la les l de du des d a au aux en dans sur pour avec sans par et ou si contre apres avant pendant entre
    comment que quoi quel quelle quels quelles qui quand combien pourquoi est cest quest ce se peut faut doit sont
    on je ne pas il y plus tres tout quon lon sa son ses
  `),
};
const MIN_FREQUENT_WORDS = 2;
const MIN_FREQUENT_SHARE = 1 / 3;

/** After these, "I" and "je" are general: "How do I …", "Est-ce que je …". */
const GENERAL_BEFORE_I = words(
  "do can should could would must may when if how comment que quand si ou dois puis peux",
);

/** Words that may refer to what was said before, and those that continue it when a question begins with one. */
const REFERRING_WORDS = words(`
  it its this that these those there then one ones other others another more same both either such so
  ca cela ceci cest celui celle ceux celles autre autres pareil meme alors
`);
const CONTINUING_WORDS = words("and but or because ok okay yes no et mais ou donc parce car oui non puis");

/** Letters and punctuation. Any other character may change the meaning: `HIV+`, a digit, an emoji. */
const PLAIN = /^(?:[\p{L}\p{M}\s.,;:!?…'’‘"“”«»()]|(?<=\p{L})[-‐‑](?=\p{L}))*$/u;

/** A longer question is somebody's own story (UTF-16 units). */
const MAX_LENGTH = 160;
/** A shorter question depends on what was said before. */
const MIN_WORDS = 3;

/** Whether everybody who asks in these words can be given the same answer. */
export function isCommonQuestion(question: Question): boolean {
  const { text, language, isPersonal, attachments = [], quoted, isBySomebodyElse } = question;
  if (quoted || isBySomebodyElse) return false;
  const personal = PERSONAL_WORDS[language];
  if (!personal || isPersonal || attachments.length > 0 || text.length > MAX_LENGTH) return false;
  const said = wordsOf(text);
  if (said.length < MIN_WORDS || !PLAIN.test(text) || !isSurelyIn(language, said)) return false;
  return said.every((word, index) => {
    if (word === "i" || word === "je") return GENERAL_BEFORE_I.has(said[index - 1] ?? "");
    return !Object.values(PERSONAL_WORDS).some((others) => others.has(word));
  });
}

/** Whether a question is surely in this language. */
function isSurelyIn(language: string, said: readonly string[]): boolean {
  const frequent = said.filter((word) => FREQUENT_WORDS[language]?.has(word)).length;
  const first = said.find((word) => !CONTINUING_WORDS.has(word)) ?? "";
  const isQuestion = QUESTION_STARTS[language]?.has(first) ?? false;
  return isQuestion && frequent >= MIN_FREQUENT_WORDS && frequent >= said.length * MIN_FREQUENT_SHARE;
}

/** Whether the conversation before the question may change its meaning. */
export function mayDependOnConversation({ text }: Pick<Question, "text">): boolean {
  const said = wordsOf(text);
  return CONTINUING_WORDS.has(said[0] ?? "") || said.some((word) => REFERRING_WORDS.has(word));
}

/**
 * Cache key of a question: a hash of its words and of everything else its answer depends on. Case, accents and
 * punctuation do not change it.
 * @param context a hash of the model, its instructions and the library
 */
export function questionKey({ text, language, profile }: Question, context: string): string {
  const parts = [context, language, profile?.ageGroup ?? "", profile?.topic ?? "", wordsOf(text).join(" ")];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function wordsOf(text: string): string[] {
  const plain = fold(text).replaceAll(/['\u2018\u2019]/g, "");
  return plain.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
