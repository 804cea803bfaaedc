import { setImmediate as nextTurn } from "node:timers/promises";
import type { LearntFiles } from "../core/index.ts";
import { PhraseList } from "./phrase-list.ts";
import { learnFromExamples, type RiskJudges } from "./risk-examples.ts";
import type { FoundGroup } from "./risk-features.ts";
import type { WordGroups } from "./risk-items.ts";
import type { FindGroups, RiskExample } from "./risk-judge.ts";
import type { ReadMessage } from "./risk-message.ts";
import { createPhraseParser, type RiskPhrase } from "./risk-phrase.ts";
import { RiskVocabulary } from "./risk-vocabulary.ts";

/** A danger the operator wants to hear of, and the help for people in it. */
export interface RiskRule {
  /** Such as `self-harm`. */
  id: string;
  /** By language code; every rule has the same languages. */
  languages: Readonly<Record<string, RiskWords>>;
}

export interface RiskWords {
  /** Any of these in a message raises the rule; see `risk-phrase.ts` for how they are written. */
  phrases: readonly string[];
  /** Harmless phrases; they are removed from a message before `phrases` are looked for. */
  not: readonly string[];
  /** Phrases of messages about something else, such as a film; a message with one raises no rule. */
  unless?: readonly string[];
  /** Markdown. `LINES` in it is where `lines` go. */
  help: string;
  /** Markdown, said instead of the help where others read along, such as in a group. */
  publicHelp?: string;
  /** Parts of the help for some messages only. */
  lines?: readonly HelpLines[];
  /** Words for `<name>` in phrases; the same for every rule of a language. */
  groups?: WordGroups;
  /** Numbers written as words in this language, such as `twelve`. */
  numbers?: Readonly<Record<string, number>>;
  /** Short ways to write words in this language, such as `jsuis` for `je suis`. */
  spellings?: Readonly<Record<string, string>>;
}

export interface HelpLines {
  /** Any of these phrases in the message adds the text. */
  when: readonly string[];
  /** Markdown. */
  text: string;
}

/** Stands in a help text for the lines that fit the message. */
export const LINES = "{{lines}}";

/** A danger that a rule of the operator found in a message. */
export interface Risk {
  /** The rule's id, such as `self-harm`. */
  id: string;
  /** The operator's help text, Markdown, in the person's language. */
  help: string;
  /** The same for where others read along; the operator may leave it out. */
  publicHelp?: string;
}

/** Looks for dangers in messages. */
export interface RiskCheck {
  /**
   * The first rule that a message raises, or null. Every language is tried, the person's first; the help is in the
   * language of the phrase that matched.
   */
  check(text: string, language: string): Risk | null;
  /** A rule's help with all its lines, in a language or else in the first it has; null for an unknown id. */
  help(id: string, language: string): Risk | null;
  ids: readonly string[];
  /** Compiles the rules one after another, so that the first message need not wait for it and nothing is held up. */
  compile(): Promise<void>;
  /** Compiles the rules and learns from the examples; until it has, only phrases, or what was learnt before, raise rules. */
  getReady(): Promise<void>;
  /** What it has learnt; undefined until then. */
  judges(): RiskJudges | undefined;
}

export interface RiskCheckOptions {
  /** Where what was learnt is kept from one start to the next; without it each start learns. */
  files?: LearntFiles | undefined;
  /** The check of the material before: what it learnt serves until this one has learnt. */
  before?: RiskCheck | undefined;
}

/** Longer messages (UTF-16 units) are checked at their beginning and end only, to bound the time a message takes. */
const MAX_LENGTH = 20_000;

/**
 * @param examples messages to learn from what dangers sound like that no phrase has; the same array is learnt from once
 */
export function createRiskCheck(
  rules: readonly RiskRule[],
  examples: readonly RiskExample[] = [],
  { files, before }: RiskCheckOptions = {},
): RiskCheck {
  const languages = [...new Set(rules.flatMap((rule) => Object.keys(rule.languages)))];
  const allWords = rules.flatMap((rule) => Object.values(rule.languages));
  const vocabulary = new RiskVocabulary(
    new Map(allWords.flatMap(({ numbers = {} }) => Object.entries(numbers))),
    new Map(allWords.flatMap(({ spellings = {} }) => Object.entries(spellings))),
  );
  const compiled = new Map<string, CompiledRule[]>();
  const groups = new Map<string, readonly RiskPhrase[]>();
  const uncompiled = languages.flatMap((language) =>
    compilersFor(language, rules, vocabulary, compiled, groups),
  );
  /** Compiles another rule, until there is none left. A message can only be read when the vocabulary is complete. */
  const compileNext = (): boolean => {
    uncompiled.shift()?.();
    return uncompiled.length > 0;
  };
  /** The rule that a phrase raises, in the first language with one. */
  const raisedBy = (message: ReadMessage, codes: readonly string[]): CompiledRule | undefined => {
    for (const code of codes) {
      const rule = compiled.get(code)?.find((candidate) => isRaised(candidate, message));
      if (rule) return rule;
    }
    return undefined;
  };
  let judges = before?.judges();
  /** The rule that the message sounds like, judged by the examples. */
  const suspectedIn = (text: string, message: ReadMessage, preferred: string): CompiledRule | undefined => {
    const suspicion = judges?.suspect(text, preferred);
    const rule = compiled.get(suspicion?.language ?? "")?.find(({ id }) => id === suspicion?.rule);
    return rule && !isAboutSomethingElse(rule, message) && !hasHarmless(rule, message) ? rule : undefined;
  };
  const raisesRule = ({ message, language }: RiskExample): boolean =>
    raisedBy(vocabulary.read(message), [language]) !== undefined;
  const groupsOf =
    (language: string): FindGroups =>
    (text) =>
      groupsIn(vocabulary.read(text), groups.get(language) ?? []);
  return {
    async compile() {
      while (compileNext()) await nextTurn();
    },
    async getReady() {
      while (compileNext()) await nextTurn();
      const deciding = rules.map(decidingParts);
      judges = await learnFromExamples({ examples, rules: deciding, raisesRule, groupsOf, files, nextTurn });
    },
    judges: () => judges,
    check(text, language) {
      while (compileNext());
      const read = shortened(text);
      const message = vocabulary.read(read);
      const codes = [language, ...languages.filter((other) => other !== language)];
      const rule = raisedBy(message, codes) ?? suspectedIn(read, message, language);
      return rule ? { id: rule.id, help: helpFor(rule, message), ...publicHelpOf(rule) } : null;
    },
    help(id, language) {
      const rule = rules.find((candidate) => candidate.id === id);
      const words = rule?.languages[language] ?? Object.values(rule?.languages ?? {})[0];
      return words ? { id, help: withLines(words.help, words.lines ?? []), ...publicHelpOf(words) } : null;
    },
    ids: rules.map(({ id }) => id),
  };
}

/** What of a rule decides whether a message raises it, without the texts it is answered with. */
function decidingParts({ id, languages }: RiskRule) {
  const words = Object.entries(languages).map(
    ([language, { phrases, not, unless, groups, numbers, spellings }]) => [
      language,
      { phrases, not, unless, groups, numbers, spellings },
    ],
  );
  return { id, words };
}

function publicHelpOf({ publicHelp }: { publicHelp?: string }): Pick<Risk, "publicHelp"> {
  return publicHelp === undefined ? {} : { publicHelp };
}

interface CompiledRule {
  id: string;
  help: string;
  publicHelp?: string;
  phrases: PhraseList;
  not: PhraseList;
  unless: PhraseList;
  lines: readonly { when: PhraseList; text: string }[];
}

/** The groups, by their index, that a message has words of, in the order of the message. */
function groupsIn(message: ReadMessage, groups: readonly RiskPhrase[]): FoundGroup[] {
  return groups
    .flatMap((phrase, group) => phrase.stretches(message).map(({ from }) => ({ group, at: from })))
    .toSorted((one, other) => one.at - other.at);
}

/** For each rule of a language a function that compiles it, to be called in order; first, one for the word groups. */
function compilersFor(
  language: string,
  rules: readonly RiskRule[],
  vocabulary: RiskVocabulary,
  compiled: Map<string, CompiledRule[]>,
  groups: Map<string, readonly RiskPhrase[]>,
): (() => void)[] {
  const words = rules.flatMap(({ id, languages }) => {
    const own = languages[language];
    return own ? [{ id, ...own }] : [];
  });
  const parse = createPhraseParser(vocabulary, words[0]?.groups);
  const listOf = (phrases: readonly string[]): PhraseList => new PhraseList(phrases.map(parse));
  const into: CompiledRule[] = [];
  compiled.set(language, into);
  const readGroups = (): void => {
    const names = Object.keys(words[0]?.groups ?? {});
    groups.set(
      language,
      names.map((name) => parse(`<${name}>`)),
    );
  };
  const compilers = words.map(({ id, help, publicHelp, phrases, not, unless = [], lines = [] }) => () => {
    into.push({
      id,
      help,
      ...(publicHelp === undefined ? {} : { publicHelp }),
      phrases: listOf(phrases),
      not: listOf(not),
      unless: listOf(unless),
      lines: lines.map(({ when, text }) => ({ when: listOf(when), text })),
    });
  });
  return [readGroups, ...compilers];
}

function isAboutSomethingElse({ unless }: CompiledRule, message: ReadMessage): boolean {
  return unless.isAnyIn(message);
}

/** Whether the operator calls some of the message harmless: then only the phrases judge the rest. */
function hasHarmless({ not }: CompiledRule, message: ReadMessage): boolean {
  return not.isAnyIn(message);
}

function isRaised(rule: CompiledRule, message: ReadMessage): boolean {
  const { phrases, not } = rule;
  return phrases.isAnyIn(not.removeFrom(message)) && !isAboutSomethingElse(rule, message);
}

function helpFor({ help, lines }: CompiledRule, message: ReadMessage): string {
  return withLines(
    help,
    lines.filter(({ when }) => when.isAnyIn(message)),
  );
}

function withLines(help: string, lines: readonly { text: string }[]): string {
  const text = lines.map((line) => `${line.text.trim()}\n`).join("");
  return help.includes(LINES) ? help.replace(`${LINES}\n`, text).replace(LINES, text) : help;
}

function shortened(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  return `${text.slice(0, MAX_LENGTH / 2)}\n${text.slice(-MAX_LENGTH / 2)}`;
}
