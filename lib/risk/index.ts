export { createRiskCheck, type Risk, type RiskCheck, type RiskRule, type RiskWords } from "./risk.ts";
