export { type AlertParts, startAlerts } from "./alerts.ts";
export type { StatsChart } from "./stats-chart.ts";
export { createStatsPicture } from "./stats-picture.ts";
