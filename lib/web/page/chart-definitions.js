/** Which charts there are, and what each shows. */

import { bytes, duration, number } from "./format.js";

/** @import { FigureName } from "../figures.ts" */
/** @import { Series } from "../history.ts" */

/**
 * A line of a chart: its label, the column it shows, and its colour.
 * @typedef {[label: string, column: FigureName, color: string]} Line
 *
 * @typedef {object} ChartDefinition
 * @property {string} title
 * @property {boolean} [isWide]
 * @property {boolean} [isOccasional] whether it is shown only when it has values.
 * @property {(value: number) => string} format
 * @property {Line[]} lines
 *
 * The span of time the charts show, and its values.
 * @typedef {Series & { fromMs: number, toMs: number }} View
 */

/** @type {ChartDefinition[]} */
export const CHARTS = [
  {
    title: "Response time",
    isWide: true,
    format: duration,
    lines: [
      ["p50", "answerP50", "blue"],
      ["p95", "answerP95", "violet"],
      ["p99", "answerP99", "red"],
    ],
  },
  {
    title: "Throughput, per minute",
    format: number,
    lines: [
      ["updates", "updates", "grey"],
      ["questions", "questions", "blue"],
      ["refused", "refused", "amber"],
    ],
  },
  {
    title: "Updates",
    format: number,
    lines: [
      ["in flight", "inFlight", "blue"],
      ["not done", "waiting", "amber"],
    ],
  },
  { title: "Age of the oldest update", format: duration, lines: [["age", "oldestMs", "amber"]] },
  {
    title: "Model slots",
    format: number,
    lines: [
      ["in use", "modelInFlight", "violet"],
      ["waiting", "modelQueued", "amber"],
      ["limit", "modelLimit", "grey"],
    ],
  },
  {
    title: "Model time, p95",
    format: duration,
    lines: [
      ["waiting", "modelWaitP95", "amber"],
      ["answering", "modelP95", "violet"],
    ],
  },
  {
    title: "Model quota left: requests",
    isOccasional: true,
    format: number,
    lines: [
      ["this minute", "requestsLeftMinute", "violet"],
      ["today", "requestsLeftDay", "blue"],
    ],
  },
  {
    title: "Model quota left: tokens",
    isOccasional: true,
    format: number,
    lines: [["this minute", "tokensLeftMinute", "violet"]],
  },
  {
    title: "Second model: slots",
    isOccasional: true,
    format: number,
    lines: [
      ["in use", "secondInFlight", "violet"],
      ["waiting", "secondQueued", "amber"],
      ["limit", "secondLimit", "grey"],
    ],
  },
  {
    title: "Second model: quota left",
    isOccasional: true,
    format: number,
    lines: [
      ["requests this minute", "secondRequestsLeftMinute", "violet"],
      ["requests today", "secondRequestsLeftDay", "blue"],
    ],
  },
  {
    title: "MongoDB connections",
    format: number,
    lines: [
      ["in use", "poolInUse", "green"],
      ["open", "poolOpen", "grey"],
      ["waiting", "poolWaiting", "amber"],
    ],
  },
  {
    title: "Database and Telegram, p95",
    format: duration,
    lines: [
      ["MongoDB", "mongoP95", "green"],
      ["sending", "sendP95", "blue"],
    ],
  },
  {
    title: "Errors, per minute",
    format: number,
    lines: [
      ["updates", "updateErrors", "red"],
      ["Model", "modelErrors", "violet"],
      ["Telegram", "telegramErrors", "blue"],
      ["MongoDB", "mongoErrors", "green"],
    ],
  },
  {
    title: "Files, per minute",
    isOccasional: true,
    format: bytes,
    lines: [
      ["read", "readBytes", "blue"],
      ["written", "writtenBytes", "green"],
    ],
  },
  { title: "Event loop delay, p99", isWide: true, format: duration, lines: [["delay", "loopP99", "teal"]] },
];
