import type { Answer, LibraryReason } from "../../answers/index.ts";
import type { TextKey } from "../../content/index.ts";
import type { MessageRecord } from "../../store/index.ts";
import { languageName } from "../../text/index.ts";
import type { ConversationAnswers, ConversationContent } from "../ports.ts";
import type { Reply } from "../replies.ts";
import { thanksIn } from "./follow-ups/thanks.ts";

const LIBRARY_INTRO: Record<LibraryReason, TextKey> = {
  "no-model": "answer.from_library",
  "under-18": "answer.library_because_under_18",
  "model-busy": "answer.library_because_busy",
  "model-failed": "answer.library_because_failed",
  "model-quota": "answer.library_because_quota",
  "model-budget": "answer.library_because_budget",
  "person-budget": "answer.library_because_person_budget",
};

/** Which it was: nothing in the library, or a model that gave no answer, for which other words are no help. */
const NOTHING_FOUND: Record<LibraryReason, TextKey> = {
  "no-model": "answer.nothing_found",
  "under-18": "answer.nothing_found",
  "model-busy": "answer.nothing_while_busy",
  "model-failed": "answer.nothing_while_failed",
  "model-quota": "answer.nothing_while_quota",
  "model-budget": "answer.nothing_while_budget",
  "person-budget": "answer.nothing_while_person_budget",
};

const ENDING_NOTE = {
  complete: undefined,
  "length-limit": "answer.cut_short",
  unfinished: "answer.unfinished",
} as const satisfies Record<string, TextKey | undefined>;

/** What is stored of an answer; its message is made from this alone. */
export type KeptAnswer = Pick<
  MessageRecord,
  | "kind"
  | "withdrawnBy"
  | "text"
  | "intro"
  | "note"
  | "risk"
  | "isRefused"
  | "origin"
  | "choices"
  | "unanswered"
  | "passageId"
  | "sources"
  | "model"
  | "tokens"
  | "latencyMs"
>;

/**
 * Turns an answer into what is stored. Its own text stays apart from the sentences around it, so that the model later
 * sees only what was answered; a refusal is a notice, never an answer.
 */
export function keptAnswer(
  answer: Answer,
  question: string,
  language: string,
  content: ConversationContent,
): KeptAnswer {
  const { translate } = content;
  if (answer.kind === "blocked") {
    const isWithheld = answer.code === "ANSWER_RULES_REPEATED";
    const text = translate(language, isWithheld ? "answer.withheld" : "answer.blocked");
    return { kind: "notice", text, isRefused: true };
  }
  const thanks = thanksIn(question, content);
  if (thanks === "only" || (thanks && answer.kind === "nothing-found")) {
    if (!isByModel(answer)) return { kind: "notice", text: translate(language, "answer.thanked") };
  }
  if (answer.kind === "nothing-found") {
    if (isTooShort(question)) return { kind: "notice", text: translate(language, "answer.nothing_asked") };
    return { kind: "notice", text: nothingFoundText(answer, language, translate), unanswered: language };
  }
  if (answer.kind === "choice") {
    const choices = answer.pages.map(({ passageId, title }) => ({ passageId, title }));
    const intro = answer.why === "no-model" ? {} : { intro: translate(language, LIBRARY_INTRO[answer.why]) };
    return { kind: "notice", text: translate(language, "choice.ask"), choices, ...intro };
  }
  const { text, origin, sources } = answer;
  const kept = { kind: "answer" as const, text, origin, sources: sources.map(({ title }) => title) };
  if (answer.origin === "library") {
    const [passage] = answer.passages;
    const shown = passage ? { passageId: passage.id } : {};
    return { ...kept, ...shown, intro: translate(language, LIBRARY_INTRO[answer.why]) };
  }
  const isUnanswered = isUnsupported(answer);
  const notes = [ENDING_NOTE[answer.ending], isUnanswered ? UNSUPPORTED : undefined].filter(
    (key) => key !== undefined,
  );
  const { waitMs, firstTextMs, totalMs } = answer.timing;
  return {
    ...kept,
    ...(notes.length > 0 ? { note: notes.map((key) => translate(language, key)).join("\n\n") } : {}),
    ...(isUnanswered ? { unanswered: language } : {}),
    ...(answer.risk === undefined ? {} : { risk: answer.risk }),
    model: answer.model,
    ...(answer.usage
      ? { tokens: { prompt: answer.usage.promptTokens, output: answer.usage.outputTokens } }
      : {}),
    latencyMs: {
      wait: waitMs,
      ...(firstTextMs === undefined ? {} : { firstText: firstTextMs }),
      total: totalMs,
    },
  };
}

/**
 * What is stored below the help in danger where no model answered: the pages that the library found, as buttons, so that
 * somebody whose message only sounded like danger is not left without an answer. Without text when there is nothing to say.
 * @param answer null when no page is to be offered
 */
export function keptOffer(
  answer: Answer | null,
  hasWaited: boolean,
  language: string,
  { translate }: ConversationContent,
): KeptAnswer {
  const choices = answer ? pagesOf(answer) : [];
  const texts = [
    ...(hasWaited ? [translate(language, "risk.no_answer")] : []),
    ...(choices.length > 0 ? [translate(language, "risk.pages")] : []),
  ];
  return { kind: "notice", text: texts.join("\n\n"), ...(choices.length > 0 ? { choices } : {}) };
}

function pagesOf(answer: Answer): { passageId: string; title: string }[] {
  if (answer.kind === "choice") return answer.pages.map(({ passageId, title }) => ({ passageId, title }));
  if (answer.kind !== "answer" || answer.origin !== "library") return [];
  const [passage] = answer.passages;
  const [source] = answer.sources;
  return passage && source ? [{ passageId: passage.id, title: source.title }] : [];
}

export function isByModel(answer: Answer): boolean {
  return answer.kind === "answer" && answer.origin === "model";
}

/** Where no model is to answer, a language without a page says so, and offers those that have pages. */
function nothingFoundText(
  { why, otherLanguages = [] }: Extract<Answer, { kind: "nothing-found" }>,
  language: string,
  translate: ConversationContent["translate"],
): string {
  const key = NOTHING_FOUND[why];
  if (otherLanguages.length === 0 || key !== "answer.nothing_found") return translate(language, key);
  const languages = otherLanguages.map(languageName).join(", ");
  return translate(language, "answer.no_pages", { language: languageName(language), languages });
}

/** With at most this many words it may be a greeting, thanks or an emoji rather than a question. */
const MAX_SMALL_TALK_WORDS = 2;

function isTooShort(question: string): boolean {
  return question.trim().split(/\s+/).length <= MAX_SMALL_TALK_WORDS && !/[?？؟]/.test(question);
}

const UNSUPPORTED: TextKey = "answer.unsupported";

/** A shorter answer (UTF-16 units) greets or asks back, and has nothing to support. */
const SUBSTANTIAL_LENGTH = 200;

/** Whether the model states facts without naming a page for any of them. */
function isUnsupported({ text, sources, risk }: Extract<Answer, { origin: "model" }>): boolean {
  return sources.length === 0 && text.length >= SUBSTANTIAL_LENGTH && risk === undefined;
}

/** The message for a stored answer, in Markdown. */
export function answerMarkdown(
  kept: KeptAnswer,
  language: string,
  { translate }: ConversationContent,
): string {
  const sources = kept.sources ?? [];
  const [title] = sources;
  const sourceLine =
    title === undefined
      ? undefined
      : sources.length === 1
        ? translate(language, "answer.source", { title })
        : translate(language, "answer.sources", { titles: sources.join(", ") });
  return [kept.intro, kept.text, kept.note, sourceLine && `_${sourceLine.replaceAll("_", "\\_")}_`]
    .filter((part) => part !== undefined && part !== "")
    .join("\n\n");
}

/** The media of the passage an answer shows, as a reply of its own: a text that was shown while it was written stays. */
export function mediaReplies(
  { passageId }: Pick<KeptAnswer, "passageId">,
  { passage }: Pick<ConversationAnswers, "passage">,
): Reply[] {
  const shown = passageId === undefined ? null : passage(passageId, "no-model");
  const media = shown?.passages.flatMap((one) => one.media ?? []) ?? [];
  return media.length > 0 ? [{ markdown: "", media }] : [];
}
