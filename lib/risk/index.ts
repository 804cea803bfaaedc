export {
  createRiskCheck,
  type HelpLines,
  LINES,
  type Risk,
  type RiskCheck,
  type RiskRule,
  type RiskWords,
} from "./risk.ts";
