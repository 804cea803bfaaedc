import type { Risk } from "./answer.ts";
import { BREAK, parseRiskPhrase, type RiskPhrase, riskWords } from "./risk-phrase.ts";

/** A danger the operator wants to hear of, and what people in it are told. */
export interface RiskRule {
  /** Such as `self-harm`. */
  id: string;
  /** By language code; every rule has the same languages. */
  languages: Readonly<Record<string, RiskWords>>;
}

export interface RiskWords {
  /** Any of these in a message raises the alarm; for how they are written see `parseRiskPhrase`. */
  phrases: readonly string[];
  /** Words that mean something harmless: they are taken out of a message before it is looked through. */
  not: readonly string[];
  /** Markdown. */
  help: string;
}

/** Looks for dangers in messages. */
export interface RiskCheck {
  /**
   * The first rule that a message meets, or null. Every language is looked through, the person's first; the help is in
   * the language the message was understood in.
   */
  check(text: string, language: string): Risk | null;
  /** A rule's help in a language, or in the first one it has; null for an unknown id. */
  help(id: string, language: string): string | null;
  ids: readonly string[];
}

export function createRiskCheck(rules: readonly RiskRule[]): RiskCheck {
  const languages = [...new Set(rules.flatMap((rule) => Object.keys(rule.languages)))];
  const compiled = new Map(languages.map((language) => [language, rules.flatMap(compileFor(language))]));
  return {
    check(text, language) {
      const words = riskWords(text);
      for (const code of [language, ...languages.filter((other) => other !== language)]) {
        const rule = compiled.get(code)?.find((candidate) => isMet(candidate, words));
        if (rule) return { id: rule.id, help: rule.help };
      }
      return null;
    },
    help(id, language) {
      const rule = rules.find((candidate) => candidate.id === id);
      return (rule?.languages[language] ?? Object.values(rule?.languages ?? {})[0])?.help ?? null;
    },
    ids: rules.map(({ id }) => id),
  };
}

interface CompiledRule {
  id: string;
  help: string;
  phrases: readonly RiskPhrase[];
  not: readonly RiskPhrase[];
}

function compileFor(language: string): (rule: RiskRule) => CompiledRule[] {
  return ({ id, languages }) => {
    const words = languages[language];
    if (!words) return [];
    const { help, phrases, not } = words;
    return [{ id, help, phrases: phrases.map(parseRiskPhrase), not: not.map(parseRiskPhrase) }];
  };
}

function isMet({ phrases, not }: CompiledRule, words: readonly string[]): boolean {
  const left = not.reduce<readonly string[]>(takeOut, words);
  return phrases.some((phrase) => phrase.find(left) !== null);
}

/** The words without those a harmless phrase fits. */
function takeOut(words: readonly string[], harmless: RiskPhrase): readonly string[] {
  const left = [...words];
  for (let found = harmless.find(left); found; found = harmless.find(left, found.from + 1)) {
    left.splice(found.from, found.to - found.from, BREAK);
  }
  return left;
}
