export { OpeningBook, PhraseBook, type PhraseBookOptions, type PhraseSource } from "./phrases/index.ts";
export {
  createRiskCheck,
  type HelpLines,
  LINES,
  type Risk,
  type RiskCheck,
  type RiskRule,
  type RiskWords,
} from "./risk.ts";
export type { RiskExample } from "./risk-judge.ts";
