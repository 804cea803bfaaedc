import { drawStatsChart, type StatsChart } from "./stats-chart.ts";

// The program of a process of its own: it is sent one chart, answers with its picture, and ends.
process.once("message", (chart: StatsChart) => {
  process.send?.(drawStatsChart(chart), () => process.disconnect());
});
