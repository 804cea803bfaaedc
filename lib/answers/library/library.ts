import type { LibraryContent, Passage } from "../../content/index.ts";
import { followUpOf } from "../../text/index.ts";
import {
  type LibraryAnswer,
  type LibraryChoice,
  type LibraryReason,
  type Question,
  sourcesOf,
} from "../answer.ts";
import type { QuestionMeaning } from "../meaning/question-meaning.ts";
import { judge, judgeUrgency } from "./gate.ts";
import { type Findings, LibrarySearch, type SearchOptions } from "./library-search.ts";
import { searchedTexts } from "./story.ts";

/** What the library is asked: a question, with what was said before it. */
export interface LibraryQuestion extends Pick<Question, "text" | "language" | "history" | "quoted"> {
  /** Embeds it; missing where its words may go to no model, or there is none. */
  meaning?: QuestionMeaning;
}

/** A question of fewer UTF-16 units may only make sense with the one before it. */
const FOLLOW_UP_LENGTH = 60;

/** How many pages a person is offered to choose from. */
const CHOICES = 3;

/** A passage shorter than this (UTF-16 units) takes the next one of its page along. */
const SHORT_TEXT = 250;

/** Answers from the operator's own pages, word for word. */
export class Library {
  readonly #passages: readonly Passage[];
  readonly #search: LibrarySearch;
  /** The languages it has pages in. */
  readonly languages: readonly string[];

  constructor(content: LibraryContent, options?: SearchOptions) {
    this.#passages = content.passages;
    this.languages = [...new Set(content.passages.map(({ language }) => language))];
    this.#search = new LibrarySearch(content, options);
  }

  /** Builds the search index, so that the first question need not wait for it. */
  getReady(): Promise<void> {
    return this.#search.getReady();
  }

  /** Learns to search by meaning, in the background; until then it is searched by words alone. */
  learnMeaning(signal: AbortSignal): Promise<void> {
    return this.#search.learnMeaning(signal);
  }

  /** Passages that may help to answer, best first; also weak ones, for the model to judge. */
  async find(question: LibraryQuestion, limit: number): Promise<Passage[]> {
    const findings = await this.#findingsFor(question);
    if (findings === null) return [];
    const urgent = mostUrgent(findings);
    const best = findings.pages.slice(0, CHOICES).map(({ passage }) => passage);
    return [...new Set([...(urgent ? [urgent] : []), ...best, ...findings.matches])].slice(0, limit);
  }

  /**
   * The answer of the library: a passage when it is surely right or about an emergency the question has signs of, pages
   * to choose from when one of them may be right, else null.
   */
  async answer(question: LibraryQuestion, why: LibraryReason): Promise<LibraryAnswer | LibraryChoice | null> {
    const findings = await this.#findingsFor(question);
    if (findings === null) return null;
    const { verdict } = judge(findings);
    const urgent = mostUrgent(findings);
    if (urgent) return this.#answerWith(urgent, why);
    const [best] = findings.pages;
    if (verdict === "nothing" || !best) return null;
    if (verdict === "sure") return this.#answerWith(best.passage, why);
    const pages = choicesOf(findings).map((passage) => ({
      pageId: passage.pageId,
      title: passage.title,
      language: passage.language,
      passageId: passage.id,
    }));
    return { kind: "choice", pages, why };
  }

  /** The answer that a passage gives; null when there is no such passage (any more). */
  passage(id: string, why: LibraryReason): LibraryAnswer | null {
    const passage = this.#passages.find((candidate) => candidate.id === id);
    return passage ? this.#answerWith(passage, why) : null;
  }

  /** Of a follow-up, what it finds together with what it goes on from, unless it names a page of its own. */
  async #findingsFor(question: LibraryQuestion): Promise<Findings | null> {
    const { text, language, quoted } = question;
    const followUp = quoted ? "surely" : followUpOf(text);
    const before = followUp === "no" ? undefined : saidBefore(question);
    const joined = `${before} ${text}`;
    const texts = before === undefined ? [text] : [text, joined];
    const vectors = this.#search.hasMeaning ? await question.meaning?.of(texts.flatMap(searchedTexts)) : null;
    const searched = { language, vectors: vectors ?? null };
    const own = await this.#search.search({ ...searched, text });
    if (own === null || before === undefined) return own;
    if (own.named !== null && followUp !== "surely") return own;
    const { confidence } = judge(own);
    if (mostUrgent(own)) return own;
    const together = await this.#search.search({ ...searched, text: joined });
    if (together === null) return own;
    const joint = judge(together);
    const isNearer = followUp === "surely" ? joint.verdict !== "nothing" : joint.confidence > confidence;
    return isNearer ? asFollowUp(together, own) : own;
  }

  #answerWith(passage: Passage, why: LibraryReason): LibraryAnswer {
    const used = this.#withNextWhenShort(passage);
    return {
      kind: "answer",
      origin: "library",
      text: used.map(asMarkdown).join("\n\n"),
      passages: used,
      sources: sourcesOf(used),
      why,
    };
  }

  #withNextWhenShort(passage: Passage): Passage[] {
    if (passage.text.length >= SHORT_TEXT) return [passage];
    const next = this.#passages[this.#passages.indexOf(passage) + 1];
    return next?.pageId === passage.pageId ? [passage, next] : [passage];
  }
}

/** A passage about an emergency that comes before everything else. */
function mostUrgent(findings: Findings): Passage | undefined {
  return judgeUrgency(findings) === "is-urgent" ? findings.urgent[0]?.passage : undefined;
}

/** The passages of the best pages; of a question that sounds urgent the likeliest emergency first. */
function choicesOf(findings: Findings): Passage[] {
  const best = findings.pages.map(({ passage }) => passage);
  const [first] = findings.urgent;
  const isUrgent = first !== undefined && judgeUrgency(findings) === "sounds-urgent";
  const offered = isUrgent
    ? [first.passage, ...best.filter(({ pageId }) => pageId !== first.passage.pageId)]
    : best;
  return offered.slice(0, CHOICES);
}

/** The pages of both questions together; of each the passage nearest to the new one, and no emergency of the one before. */
function asFollowUp(together: Findings, own: Findings): Findings {
  const passages = new Map(own.pages.map(({ pageId, passage }) => [pageId, passage]));
  const pages = together.pages.map((page) => ({
    ...page,
    passage: passages.get(page.pageId) ?? page.passage,
  }));
  return { ...together, pages, urgent: [] };
}

/** What a question may only make sense with: the text it replies to, or of a short one the question before it. */
function saidBefore({ text, history, quoted }: LibraryQuestion): string | undefined {
  if (quoted) return quoted.text;
  if (text.length >= FOLLOW_UP_LENGTH) return undefined;
  return history.findLast(({ sender }) => sender === "person")?.text;
}

function asMarkdown({ section, text }: Passage): string {
  return section ? `**${section}**\n\n${text}` : text;
}
