import { wordsOf } from "./words.ts";

/**
 * Words that carry no topic, folded, in English and French: articles, pronouns, question words, auxiliaries, the small
 * talk around a question, and whom it is about. A word that means something in the other language is left out of the
 * list.
 */
const STOP_WORDS = new Set(
  `
  a about after again all am an and any are arent as at be because been before being best both but by can
  cannot cant could couldnt did didnt do does doesnt doing dont else ever every for from get gets getting give go
  goes going got had hadnt has hasnt have havent having he hello her here hers hey hi him his how i if im in into
  is isnt it its itself just know like ll many may maybe me might mine much my myself need no not now of
  off ok okay on only or other our ours out over please really same she should shouldnt so some somebody
  someone something tell than thank thanks that the their theirs them then there these they thing things
  this those to today tomorrow too up us ve very want was wasnt we were werent what whats when where whether which
  who whos whose why will with wont would wouldnt yesterday you your yours
  believe bf boyfriend gf girlfriend gonna gotta guess hows husband lately last make makes night think thought wanna
  whats wheres wife
  cool define describe evening explain good helped helpful info information later lot lots more night see sense sorry yeah yes
  ai aie ait alors apres as au aucun aujourd aussi autre aux avait avant avec avez avoir avons bonjour
  bonsoir c ca car ce ceci cela celle celui ces cest cet cette chez chose choses ci combien comme comment
  d dans de deja demain depuis des dire dit dois doit donc dont du elle elles en encore es est et etaient
  etait etant ete etes etre eu faire fait faut fera hier il ils j jai jamais je juste l la le les leur
  leurs lors lui m ma mais me meme merci mes moi mon monde n ne ni nos notre nous on ont ou par parce pas
  peu peut peuvent peux plus plutot pour pourquoi pouvez puis quand que quel quelle quelles quelqu quelque
  quelques quels quest qui quoi s sa salut sans savoir se ses si soit sommes son sont sous suis sur svp t
  ta te temps tes toi ton toujours tous tout toute toutes tres tu un une va veut veux voici voila vont vos
  votre voulez vous y
  copain copine crois croit jai mari mec met mets pense penses quon soir
  beaucoup bien bientot explique expliquer expliquez info infos information informations bonne gentil nuit
  `
    .trim()
    .split(/\s+/),
);

/** Whether a folded word carries no topic. */
export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word);
}

/** The words of a text as search terms: folded, without stop words, in their simplest form. */
export function termsOf(text: string): string[] {
  return wordsOf(text)
    .filter((word) => word.length > 1 && !STOP_WORDS.has(word))
    .map(stem);
}

/**
 * A light stem for English and French: it takes off plurals and the commonest endings, so that a word and its plural
 * meet. It need not be a word, only the same for both.
 */
export function stem(word: string): string {
  if (word.length < 4 || /\P{ASCII}/u.test(word)) return word;
  return word
    .replace(/(?:ies|ied|y)$/, "i")
    .replace(/(?<=ss|x|ch|sh|z)es$/, "")
    .replace(/eaux$/, "eau")
    .replace(/aux$/, "al")
    .replace(/(?<![su])s$/, "")
    .replace(/(?<=.{3}[ae]n)(?:ci|t)$/, "")
    .replace(/(?<=.{3})ing$/, "")
    .replace(/(?<=.{3})ed$/, "")
    .replace(/(?<=.{2})ee?s?$/, "");
}
