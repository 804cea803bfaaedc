import { drawStatsChart, type StatsChart } from "./stats-chart.ts";

// A child process: receives one chart, replies with its picture, and exits.
process.once("message", (chart: StatsChart) => {
  process.send?.(drawStatsChart(chart), () => process.disconnect());
});
