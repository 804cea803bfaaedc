import { BREAK, type ReadMessage } from "./risk-message.ts";
import { parseRiskPhrase, type RiskPhrase } from "./risk-phrase.ts";
import { createRiskVocabulary, type RiskVocabulary } from "./risk-vocabulary.ts";

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

/** A danger that a rule of the operator found in a message. */
export interface Risk {
  /** The rule's id, such as `self-harm`. */
  id: string;
  /** The operator's help text, Markdown, in the person's language. */
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

/**
 * How much of a message is looked through, in UTF-16 units: all of what may be a question, and of more than that the
 * beginning and the end, so that no message, however long, keeps other people waiting.
 */
const MAX_LENGTH = 20_000;

export function createRiskCheck(rules: readonly RiskRule[]): RiskCheck {
  const vocabulary = createRiskVocabulary();
  const languages = [...new Set(rules.flatMap((rule) => Object.keys(rule.languages)))];
  const compiled = new Map(
    languages.map((language) => [language, rules.flatMap(compileFor(language, vocabulary))]),
  );
  return {
    check(text, language) {
      const message = vocabulary.read(shortened(text));
      for (const code of [language, ...languages.filter((other) => other !== language)]) {
        const rule = compiled.get(code)?.find((candidate) => isMet(candidate, message));
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

function compileFor(language: string, vocabulary: RiskVocabulary): (rule: RiskRule) => CompiledRule[] {
  const parse = (phrase: string): RiskPhrase => parseRiskPhrase(phrase, vocabulary);
  return ({ id, languages }) => {
    const words = languages[language];
    if (!words) return [];
    const { help, phrases, not } = words;
    return [{ id, help, phrases: phrases.map(parse), not: not.map(parse) }];
  };
}

function isMet({ phrases, not }: CompiledRule, message: ReadMessage): boolean {
  const left = not.reduce(takeOut, message);
  return phrases.some((phrase) => phrase.isIn(left));
}

/** The message with breaks in place of the words a harmless phrase fits. */
function takeOut(message: ReadMessage, harmless: RiskPhrase): ReadMessage {
  const found = [...harmless.stretches(message)];
  if (found.length === 0) return message;
  const words = [...message.words];
  for (const { from, to } of found) words.fill(BREAK, from, to);
  return { ...message, words };
}

function shortened(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  return `${text.slice(0, MAX_LENGTH / 2)}\n${text.slice(-MAX_LENGTH / 2)}`;
}
