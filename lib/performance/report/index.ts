export {
  type ComparisonData,
  type ComparisonOptions,
  comparisonData,
  renderComparison,
} from "./comparison.ts";
export { type ExportOptions, type ReportData, reportCsv, reportData } from "./export.ts";
export { formatDuration, formatShare, formatSpan, formatTime } from "./format.ts";
export { countRunning, renderInstances } from "./instances.ts";
export { NOTHING_RECORDED, type ReportOptions, renderReport } from "./report.ts";
export { SORT_KEYS, type SortKey } from "./rows.ts";
export { type Column, columnsOf, type Summary, summarize } from "./summary.ts";
export { renderTraces, type WaterfallOptions } from "./waterfall.ts";
