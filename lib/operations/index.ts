export { alertOperators } from "./alert-operators.ts";
export type { AlertParts, ModelTroubles } from "./alerts.ts";
export { readTogether, type TogetherFigures } from "./all-instances.ts";
export { type GapGroup, type Gaps, groupQuestions, MIN_PEOPLE, readGaps } from "./gaps.ts";
export type { StatsChart } from "./stats-chart.ts";
export { createStatsPicture } from "./stats-picture.ts";
