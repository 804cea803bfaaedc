import pc from "picocolors";
import {
  type Answer,
  type Findings,
  type Judgement,
  judgeUrgency,
  type Prompt,
} from "../../lib/answers/index.ts";
import type { Risk } from "../../lib/risk/index.ts";

/** How the parts of the report look. */
export interface Look {
  heading(text: string): string;
  faint(text: string): string;
  warning(text: string): string;
}

export function createLook(color: boolean): Look {
  const paint = pc.createColors(color);
  return { heading: (text) => paint.bold(paint.cyan(text)), faint: paint.dim, warning: paint.red };
}

/** How many pages are shown, and how much of a passage. */
const SHOWN_PAGES = 4;
const EXCERPT_LENGTH = 100;

/** What the library found, and what it would do with it. */
export function pagesSection(
  findings: Findings | null,
  judgement: Judgement | null,
  searchMs: number,
  look: Look,
): string {
  const title = look.heading(`Pages (${searchMs.toFixed(1)} ms)`);
  if (!findings || !judgement) return `${title}\n  none: the library is empty\n`;
  const urgent = urgentLines(findings).map((line) => `  ${look.warning(line)}`);
  const lines = findings.pages.slice(0, SHOWN_PAGES).map(({ passage, score, nearest }, index) => {
    const place = passage.section ? `${passage.title} – ${passage.section}` : passage.title;
    const figures = `score ${score.toFixed(1)}, nearest example ${Math.round(nearest * 100)} %`;
    const excerpt = passage.text.replaceAll(/\s+/g, " ").slice(0, EXCERPT_LENGTH);
    return `  [${index + 1}] ${passage.id}  ${place}  (${figures})\n      ${look.faint(`${excerpt}…`)}`;
  });
  const verdict = `  ${judgement.verdict}: the first page is right with ${Math.round(judgement.confidence * 100)} % confidence`;
  return `${[title, ...urgent, verdict, ...lines].join("\n")}\n`;
}

/** The emergencies a question has signs of, or else the one it resembles enough to be answered with. */
function urgentLines(findings: Findings): string[] {
  const [first, ...others] = findings.urgent;
  if (!first || judgeUrgency(findings) !== "is-urgent") return [];
  if (!first.hasSigns) return [`resembles messages about an emergency: ${first.passage.id}`];
  const withSigns = [first, ...others].filter(({ hasSigns }) => hasSigns);
  return withSigns.map(({ passage }) => `signs of an emergency: ${passage.id}`);
}

export function riskSection(risk: Risk | null, look: Look): string {
  if (!risk) return `${look.heading("Risk")}\n  none\n`;
  return `${look.heading("Risk")}\n  ${look.warning(risk.id)}: the person gets this first\n${indented(risk.help)}\n`;
}

export function promptSection({ system, turns }: Prompt, tokens: number, look: Look): string {
  const said = turns.flatMap(({ role, parts }) => parts.map(({ text }) => `${role}: ${text}`));
  const title = look.heading(`Prompt (about ${tokens} tokens)`);
  return `${title}\n${look.faint(indented([system, ...said].join("\n\n")))}\n`;
}

/** Everything about an answer that its text does not say. */
export function answerNotes(answer: Answer, totalMs: number, look: Look): string {
  if (answer.kind === "blocked") return `${look.warning(`refused: ${answer.code}`)}\n`;
  if (answer.kind === "nothing-found") {
    return `${look.warning("nothing found")} (${answer.why}); the person is told so kindly\n`;
  }
  if (answer.kind === "choice") {
    const titles = answer.pages.map(({ title, pageId }) => `${title} (${pageId})`).join(", ");
    return `${look.heading("Did you mean")} ${titles} (${answer.why})\n`;
  }
  const sources = answer.sources.map(({ title, pageId }) => `${title} (${pageId})`).join(", ");
  const sourceLine = `${look.heading("Sources")} ${sources === "" ? "none: the answer says so" : sources}`;
  if (answer.origin === "library")
    return `${sourceLine}\n${look.heading("From")} the library (${answer.why})\n`;
  const { ending, model, risk, timing, usage } = answer;
  const first = timing.firstTextMs === undefined ? "" : `first word after ${seconds(timing.firstTextMs)}, `;
  const tokens = usage ? `${usage.promptTokens} in, ${usage.outputTokens} out` : "not told";
  return [
    sourceLine,
    `${look.heading("From")} ${model}${ending === "complete" ? "" : ` (${ending})`}`,
    ...(risk === undefined ? [] : [`${look.heading("Risk seen by the model")} ${look.warning(risk)}`]),
    `${look.heading("Time")} ${first}all after ${seconds(totalMs)}`,
    `${look.heading("Tokens")} ${tokens}`,
    "",
  ].join("\n");
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
