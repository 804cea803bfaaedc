export { PhraseList } from "./phrase-list.ts";
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
export { createPhraseParser, type RiskPhrase } from "./risk-phrase.ts";
export { RiskVocabulary } from "./risk-vocabulary.ts";
