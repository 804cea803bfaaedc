import {
  type Answer,
  createAnswers,
  createGrounder,
  estimatePromptTokens,
  judge,
  Library,
  LibrarySearch,
  type Model,
  type Question,
} from "../../lib/answers/index.ts";
import type { Content } from "../../lib/content/index.ts";
import { type Clock, OperatorError, silentLogger } from "../../lib/core/index.ts";
import { createRiskCheck } from "../../lib/risk/index.ts";
import type { AskOptions } from "./options.ts";
import { answerNotes, type Look, pagesSection, promptSection, riskSection } from "./report.ts";

export interface AskDeps {
  content: Pick<Content, "bot" | "passages" | "pages" | "unanswered" | "slang" | "risks" | "riskExamples">;
  /** When missing, the library answers. */
  model?: Model;
  clock: Clock;
  random: () => number;
  look: Look;
  write(text: string): void;
  signal: AbortSignal;
}

/**
 * Asks a question as a person would and writes what its answer is made of, the answer as it streams.
 * @throws OperatorError for a language without content
 */
export async function ask({ question, language, showsPrompt }: AskOptions, deps: AskDeps): Promise<Answer> {
  const { content, look, write, signal } = deps;
  const { languages, defaultLanguage } = content.bot;
  if (language !== undefined && !languages.includes(language)) {
    throw new OperatorError(`--language must be one of: ${languages.join(", ")}`, {
      code: "LANGUAGE_UNKNOWN",
    });
  }
  const asked: Question = { text: question, language: language ?? defaultLanguage, history: [], signal };
  const { persona, rules } = content.bot;
  const risk = createRiskCheck(content.risks, content.riskExamples);
  await risk.getReady();
  write(riskSection(risk.check(question, asked.language), look));

  const search = new LibrarySearch(content);
  await search.getReady();
  const startedAt = performance.now();
  const findings = await search.search(asked);
  const searchMs = performance.now() - startedAt;
  write(`\n${pagesSection(findings, findings && judge(findings), searchMs, look)}`);

  const library = new Library(content);
  const { prompt } = await createGrounder({ persona, rules, library, risk }).ground(asked);
  if (showsPrompt) write(`\n${promptSection(prompt, estimatePromptTokens(prompt), look)}`);

  write(`\n${look.heading("Answer")}\n`);
  return await answerWith(asked, deps);
}

async function answerWith(
  asked: Question,
  { content, model, clock, random, look, write }: AskDeps,
): Promise<Answer> {
  const answers = createAnswers({
    passages: content.passages,
    pages: content.pages,
    unanswered: content.unanswered,
    slang: content.slang,
    persona: content.bot.persona,
    rules: content.bot.rules,
    risks: content.risks,
    riskExamples: content.riskExamples,
    models: model ? [{ model }] : [],
    clock,
    random,
    logger: silentLogger,
  });
  let shown = "";
  const startedAt = clock.now();
  try {
    const answer = await answers.answer({
      ...asked,
      onText(text) {
        if (!text.startsWith(shown)) return; // a retry started over; the whole text is written at the end
        write(text.slice(shown.length));
        shown = text;
      },
    });
    if (answer.kind === "answer") {
      const isContinued = answer.text.startsWith(shown);
      write(isContinued ? `${answer.text.slice(shown.length)}\n\n` : `\n\n${answer.text}\n\n`);
    } else if (shown !== "") write("\n\n");
    write(answerNotes(answer, clock.now() - startedAt, look));
    return answer;
  } finally {
    await answers.close();
  }
}
