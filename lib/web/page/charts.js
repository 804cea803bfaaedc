/** The charts over time, drawn by uPlot. */

import { bytes, duration, element, moment, number, swatch } from "./format.js";

/** @import uPlot from "uplot" */
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
const CHARTS = [
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

/** Grid steps for counts: whole numbers only. */
const WHOLE_STEPS = [1, 10, 100, 1e3, 1e4, 1e5].flatMap((ten) => [ten, 2 * ten, 5 * ten]);
const HEIGHT = 172;
/** Rows of the table below a chart. */
const MAX_ROWS = 60;

/**
 * Adds the charts to the page; `show` sets what they show.
 * @param {HTMLElement} container
 */
export function createCharts(container) {
  const charts = CHARTS.map((definition) => createChart(container, definition));
  const resized = new ResizeObserver(() => {
    for (const chart of charts) chart.fit();
  });
  resized.observe(container);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const chart of charts) chart.repaint();
  });
  return {
    /** @param {View} view */
    show(view) {
      for (const chart of charts) chart.show(view);
    },
  };
}

/**
 * @param {HTMLElement} container
 * @param {ChartDefinition} definition
 */
function createChart(container, { title, isWide = false, isOccasional = false, format, lines }) {
  const values = lines.map(() => element("b", { textContent: "–" }));
  const keys = lines.map(([label, , color], index) =>
    element("li", {}, swatch(color), `${label} `, values[index] ?? ""),
  );
  const plot = element("div", { className: "plot", role: "img" });
  const nothing = element("p", { className: "nothing", textContent: "Nothing in this span", hidden: true });
  const unseenTitle = element("span", { className: "unseen", textContent: ` of ${title}` });
  const details = element("details", {}, element("summary", {}, "Table", unseenTitle));
  const scroll = element("div", { className: "scroll", tabIndex: 0 });
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", title);
  details.append(scroll);
  plot.append(nothing);
  const article = element(
    "article",
    { className: isWide ? "chart wide" : "chart", hidden: isOccasional },
    element("h3", { textContent: title }),
    element("ul", { className: "keys" }, ...keys),
    plot,
    details,
  );
  container.append(article);

  /** @type {View | null} */
  let view = null;
  /** @type {uPlot | null} */
  let chart = null;
  /**
   * Writes the values at an index beside the lines' labels; -1 is the newest.
   * @param {View} shown
   * @param {number} index
   */
  const write = ({ columns }, index) => {
    for (const [line, [, column]] of lines.entries()) {
      const value = columns[column].at(index) ?? null;
      values[line]?.replaceChildren(value === null ? "–" : format(value));
    }
  };
  const fillTable = () => {
    if (details.open && view) scroll.replaceChildren(tableOf(title, lines, format, view));
  };
  details.addEventListener("toggle", fillTable);

  return {
    /** @param {View} next */
    show(next) {
      view = next;
      const columns = lines.map(([, column]) => next.columns[column]);
      const hasSomething = columns.some((column) => column.some((value) => value !== null));
      article.hidden = isOccasional && !hasSomething;
      if (article.hidden) return;
      /** @type {uPlot.AlignedData} */
      const data = [next.at.map((ms) => ms / 1000), ...columns];
      if (chart) {
        chart.setData(data);
      } else {
        const getView = () => view ?? next;
        const onCursor = (/** @type {number} */ index) => write(getView(), index);
        chart = new window.uPlot(optionsOf(lines, format, plot.clientWidth, getView, onCursor), data, plot);
      }
      if (typeof chart.cursor.idx !== "number") write(next, -1);
      nothing.hidden = hasSomething;
      const now = lines.map(([label], line) => `${label} ${values[line]?.textContent}`).join(", ");
      plot.setAttribute("aria-label", `Chart of ${title}. Latest: ${now}. The table below has the figures.`);
      fillTable();
    },
    fit() {
      if (chart && plot.clientWidth > 0) chart.setSize({ width: plot.clientWidth, height: HEIGHT });
    },
    /** Makes the chart again: it reads the theme's colours only when it is made. */
    repaint() {
      chart?.destroy();
      chart = null;
      if (view) this.show(view);
    },
  };
}

/**
 * @param {Line[]} lines
 * @param {(value: number) => string} format
 * @param {number} width in pixels.
 * @param {() => View} getView
 * @param {(index: number) => void} onCursor gets the index under the cursor; -1 where it is outside.
 * @returns {uPlot.Options}
 */
function optionsOf(lines, format, width, getView, onCursor) {
  const axis = {
    stroke: themed("dim"),
    grid: { stroke: themed("grid"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  const spanMs = () => getView().toMs - getView().fromMs;
  return {
    width,
    height: HEIGHT,
    padding: [10, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { setScale: false }, sync: { key: "dashboard" }, points: { size: 7 } },
    scales: {
      x: { range: () => [getView().fromMs / 1000, getView().toMs / 1000] },
      y: { range: (_chart, _min, max) => [0, Math.max((max ?? 0) * 1.1, 1)] },
    },
    axes: [
      {
        ...axis,
        space: 76,
        size: 26,
        gap: 6,
        values: (_chart, ticks) =>
          ticks.map((at) => moment(at * 1000, spanMs() < 180_000 ? spanMs() : Math.max(spanMs(), 360_001))),
      },
      {
        ...axis,
        ...(format === number ? { incrs: WHOLE_STEPS } : {}),
        size: 58,
        gap: 6,
        space: 34,
        values: (_chart, ticks) => ticks.map((value) => format(value)),
      },
    ],
    series: [
      {},
      ...lines.map(([, column, name], index) => ({
        stroke: themed(name),
        width: column.endsWith("Limit") ? 1 : 1.75,
        ...(column.endsWith("Limit") ? { dash: [5, 4] } : {}),
        ...(index === 0 ? { fill: `color-mix(in srgb, ${themed(name)} 13%, transparent)` } : {}),
        points: { size: 5 },
      })),
    ],
    hooks: {
      setCursor: [(chart) => onCursor(chart.cursor.idx ?? -1)],
    },
  };
}

/**
 * A colour of the stylesheet in the present theme.
 * @param {string} name
 */
function themed(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/**
 * @param {string} title
 * @param {Line[]} lines
 * @param {(value: number) => string} format
 * @param {View} view
 */
function tableOf(title, lines, format, { fromMs, toMs, at, columns }) {
  const table = element("table", {}, element("caption", { className: "unseen", textContent: title }));
  const head = element("tr", {}, headOf("Time"), ...lines.map(([label]) => headOf(label)));
  const body = element("tbody");
  const step = Math.max(1, Math.ceil(at.length / MAX_ROWS));
  for (let index = at.length - 1; index >= 0; index -= step) {
    const cells = lines.map(([, column]) => {
      const value = columns[column][index] ?? null;
      return element("td", { textContent: value === null ? "–" : format(value) });
    });
    const time = element("td", { textContent: moment(at[index] ?? toMs, toMs - fromMs) });
    body.append(element("tr", {}, time, ...cells));
  }
  table.append(element("thead", {}, head), body);
  return table;
}

/** @param {string} textContent */
function headOf(textContent) {
  return element("th", { scope: "col", textContent });
}
