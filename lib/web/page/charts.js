/** The charts over time, drawn by uPlot. */

import { CHARTS } from "./chart-definitions.js";
import { bytes, element, moment, number, swatch, tick } from "./format.js";

/** @import uPlot from "uplot" */
/** @import { ChartDefinition, Line, View } from "./chart-definitions.js" */

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
  new ResizeObserver(() => adaptWidth()).observe(plot); // its width also changes when another chart comes or goes

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
  const adaptWidth = () => {
    if (chart && plot.clientWidth > 0) chart.setSize({ width: plot.clientWidth, height: HEIGHT });
  };

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
      plot.classList.toggle("is-empty", !hasSomething);
      const now = lines.map(([label], line) => `${label} ${values[line]?.textContent}`).join(", ");
      plot.setAttribute("aria-label", `Chart of ${title}. Latest: ${now}. The table below has the figures.`);
      fillTable();
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
  return {
    width,
    height: HEIGHT,
    padding: [10, 26, 0, 0], // on the right, half of a label
    legend: { show: false },
    cursor: { y: false, drag: { setScale: false }, sync: { key: "dashboard" }, points: { size: 7 } },
    scales: {
      x: { range: () => [getView().fromMs / 1000, getView().toMs / 1000] },
      y: { range: (_chart, _min, max) => [0, Math.max((max ?? 0) * 1.1, format === bytes ? 1000 : 1)] },
    },
    axes: [
      {
        ...axis,
        space: 76,
        size: 26,
        gap: 6,
        values: (_chart, ticks, _axis, _space, stepSeconds) =>
          ticks.map((at) => tick(at * 1000, stepSeconds * 1000)),
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
        points: { show: () => false, filter: loneIndexes, size: 6, fill: themed(name) },
      })),
    ],
    hooks: {
      setCursor: [(chart) => onCursor(chart.cursor.idx ?? -1)],
    },
  };
}

/**
 * The values with none beside them: no line leads there, so they are drawn as points.
 * @param {uPlot} chart
 * @param {number} line
 */
function loneIndexes({ data }, line) {
  const values = data[line] ?? [];
  const isThere = (/** @type {number} */ index) => typeof values[index] === "number";
  return [...values.keys()].filter((index) => isThere(index) && !isThere(index - 1) && !isThere(index + 1));
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
