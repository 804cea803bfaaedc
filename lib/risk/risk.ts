import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { LearntFiles } from "../core/index.ts";
import {
  OpeningBook,
  PHRASES_VERSION,
  type Phrase,
  type PhraseBook,
  type PhraseList,
  type PhraseSource,
  type ReadMessage,
  type Spelling,
  type WordGroups,
} from "./phrases/index.ts";
import { learnFromExamples, type RiskJudges } from "./risk-examples.ts";
import type { FoundGroup } from "./risk-features.ts";
import type { FindGroups, RiskExample } from "./risk-judge.ts";

/** A danger the operator wants to hear of, and the help for people in it. */
export interface RiskRule {
  /** Such as `self-harm`. */
  id: string;
  /** By language code; every rule has the same languages. */
  languages: Readonly<Record<string, RiskWords>>;
}

export interface RiskWords {
  /** Any of these in a message raises the rule; see `phrases/parse.ts` for how they are written. */
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
  /** Opens the rules in slices, so that the first message need not wait for it and nothing is held up. */
  openRules(): Promise<void>;
  /** Opens the rules and learns from the examples; until it has, only phrases, or what was learnt before, raise rules. */
  getReady(): Promise<void>;
  /** What it has learnt; undefined until then. */
  judges(): RiskJudges | undefined;
}

export interface RiskCheckOptions {
  /** Where what was learnt is kept from one start to the next; without it each start learns. */
  files?: LearntFiles | undefined;
  /** Ends the opening of the rules. */
  signal?: AbortSignal;
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
  { files, signal, before }: RiskCheckOptions = {},
): RiskCheck {
  const languages = [...new Set(rules.flatMap((rule) => Object.keys(rule.languages)))];
  const { sources, rulesOf, groupsOf } = listsOf(languages, rules);
  const spelling = spellingOf(rules);
  const opening = new OpeningBook("phrases", sources, spelling, { files, signal });
  let opened: OpenedRules | undefined;
  /** A message can only be read when all rules are compiled. */
  const present = (): OpenedRules => {
    opened ??= inBook(rulesOf, opening.book);
    return opened;
  };
  /** The rule that a phrase raises, in the first language with one. */
  const raisedBy = (message: ReadMessage, codes: readonly string[]): OpenedRule | undefined => {
    for (const code of codes) {
      const rule = present()
        .get(code)
        ?.find((candidate) => isRaised(candidate, message));
      if (rule) return rule;
    }
    return undefined;
  };
  let judges = before?.judges();
  /** The rule that the message sounds like, judged by the examples. */
  const suspectedIn = (text: string, message: ReadMessage, preferred: string): OpenedRule | undefined => {
    const suspicion = judges?.suspect(text, preferred);
    const rule = present()
      .get(suspicion?.language ?? "")
      ?.find(({ id }) => id === suspicion?.rule);
    return rule && !isAboutSomethingElse(rule, message) && !hasHarmless(rule, message) ? rule : undefined;
  };
  const raisesRule = ({ message, language }: RiskExample): boolean =>
    raisedBy(opening.book.readMessage(message), [language]) !== undefined;
  const findGroups = (language: string): FindGroups => {
    const { book } = opening;
    const groups = book.list(groupsOf.get(language) ?? NO_LIST).phrases;
    return (text) => groupsIn(book.readMessage(text), groups);
  };
  return {
    async openRules() {
      await opening.open();
    },
    async getReady() {
      await opening.open();
      const rulesKey = files ? keyOfRules(rules) : "";
      judges = await learnFromExamples({ examples, rulesKey, raisesRule, findGroups, files, nextTurn });
    },
    judges: () => judges,
    check(text, language) {
      const judged = shortened(text);
      const message = opening.book.readMessage(judged);
      const codes = [language, ...languages.filter((other) => other !== language)];
      const rule = raisedBy(message, codes) ?? suspectedIn(judged, message, language);
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

/** Identifies what decides which rule a message raises; the texts it is answered with do not. */
function keyOfRules(rules: readonly RiskRule[]): string {
  const deciding = rules.map(({ id, languages }, index) => [
    id,
    Object.entries(languages).map(([language, { phrases, not, unless, groups, numbers, spellings }]) => [
      language,
      phrases,
      not,
      unless,
      index === 0 ? groups : null, // the same for every rule of a language
      numbers,
      spellings,
    ]),
  ]);
  return createHash("sha256")
    .update(JSON.stringify([PHRASES_VERSION, deciding]))
    .digest("hex");
}

function publicHelpOf({ publicHelp }: { publicHelp?: string }): Pick<Risk, "publicHelp"> {
  return publicHelp === undefined ? {} : { publicHelp };
}

/** A rule in one language; a list is a `PhraseList`, or its number in a book. */
interface RuleIn<List> {
  id: string;
  help: string;
  publicHelp?: string;
  phrases: List;
  not: List;
  unless: List;
  lines: readonly { when: List; text: string }[];
}

type OpenedRule = RuleIn<PhraseList>;

/** The rules by language, in the order in which they are looked for. */
type OpenedRules = ReadonlyMap<string, readonly OpenedRule[]>;

const NO_LIST = -1;

/** The lists of a book of all rules, and which of them belong to what. */
interface RuleLists {
  sources: PhraseSource[];
  rulesOf: Map<string, RuleIn<number>[]>;
  /** Of each language the list of its word groups, each as a phrase. */
  groupsOf: Map<string, number>;
}

function listsOf(languages: readonly string[], rules: readonly RiskRule[]): RuleLists {
  const lists: RuleLists = { sources: [], rulesOf: new Map(), groupsOf: new Map() };
  for (const language of languages) {
    const own = rules.flatMap(({ id, languages: { [language]: words } }) =>
      words ? [{ id, ...words }] : [],
    );
    const groups = own[0]?.groups;
    const list = (phrases: readonly string[]): number => lists.sources.push({ phrases, groups }) - 1;
    lists.groupsOf.set(language, list(Object.keys(groups ?? {}).map((name) => `<${name}>`)));
    lists.rulesOf.set(
      language,
      own.map(({ id, help, publicHelp, phrases, not, unless = [], lines = [] }) => ({
        id,
        help,
        ...(publicHelp === undefined ? {} : { publicHelp }),
        phrases: list(phrases),
        not: list(not),
        unless: list(unless),
        lines: lines.map(({ when, text }) => ({ when: list(when), text })),
      })),
    );
  }
  return lists;
}

function inBook(rulesOf: ReadonlyMap<string, readonly RuleIn<number>[]>, book: PhraseBook): OpenedRules {
  const open = (rule: RuleIn<number>): OpenedRule => ({
    ...rule,
    phrases: book.list(rule.phrases),
    not: book.list(rule.not),
    unless: book.list(rule.unless),
    lines: rule.lines.map(({ when, text }) => ({ when: book.list(when), text })),
  });
  return new Map([...rulesOf].map(([language, rules]) => [language, rules.map(open)]));
}

/** How people write in all languages: a message may be in any. */
function spellingOf(rules: readonly RiskRule[]): Spelling {
  const words = rules.flatMap((rule) => Object.values(rule.languages));
  return {
    numbers: new Map(words.flatMap(({ numbers = {} }) => Object.entries(numbers))),
    spellings: new Map(words.flatMap(({ spellings = {} }) => Object.entries(spellings))),
  };
}

/** The groups, by their index, that a message has words of, in the order of the message. */
function groupsIn(message: ReadMessage, groups: readonly Phrase[]): FoundGroup[] {
  return groups
    .flatMap((phrase, group) => phrase.stretches(message).map(({ from }) => ({ group, at: from })))
    .toSorted((one, other) => one.at - other.at);
}

function isAboutSomethingElse({ unless }: OpenedRule, message: ReadMessage): boolean {
  return unless.isAnyIn(message);
}

/** Whether the operator calls some of the message harmless: then only the phrases judge the rest. */
function hasHarmless({ not }: OpenedRule, message: ReadMessage): boolean {
  return not.isAnyIn(message);
}

function isRaised(rule: OpenedRule, message: ReadMessage): boolean {
  const { phrases, not } = rule;
  return phrases.isAnyIn(not.removeFrom(message)) && !isAboutSomethingElse(rule, message);
}

function helpFor({ help, lines }: OpenedRule, message: ReadMessage): string {
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
