import { bytes, duration, element, moment, number, swatch } from "./format.js";

/** Each line: its label, the column it shows, its colour. An occasional chart is there only when it has something. */
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
    title: "Gemini slots",
    format: number,
    lines: [
      ["in use", "geminiInFlight", "violet"],
      ["waiting", "geminiQueued", "amber"],
      ["limit", "geminiLimit", "grey"],
    ],
  },
  {
    title: "Gemini time, p95",
    format: duration,
    lines: [
      ["waiting", "geminiWaitP95", "amber"],
      ["answering", "geminiP95", "violet"],
    ],
  },
  {
    title: "Gemini quota left: requests",
    isOccasional: true,
    format: number,
    lines: [
      ["this minute", "requestsLeftMinute", "violet"],
      ["today", "requestsLeftDay", "blue"],
    ],
  },
  {
    title: "Gemini quota left: tokens",
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
      ["Gemini", "geminiErrors", "violet"],
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

/** A count has no use for a line at a half. */
const WHOLE_STEPS = [1, 10, 100, 1e3, 1e4, 1e5].flatMap((ten) => [ten, 2 * ten, 5 * ten]);
const HEIGHT = 172;
/** Rows of the table behind a chart. */
const MAX_ROWS = 60;

/** The charts. `show` replaces what they show; `view` is `{ fromMs, toMs, at, columns }`. */
export function createCharts(container) {
  let view = null;
  const charts = CHARTS.map((definition) => createChart(container, definition, () => view));
  const resized = new ResizeObserver(() => {
    for (const chart of charts) chart.fit();
  });
  resized.observe(container);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const chart of charts) chart.repaint();
  });
  return {
    show(next) {
      view = next;
      for (const chart of charts) chart.show();
    },
  };
}

function createChart(container, { title, isWide, isOccasional = false, format, lines }, getView) {
  const values = lines.map(() => element("b", { textContent: "–" }));
  const keys = lines.map(([label, , color], index) =>
    element("li", {}, swatch(color), `${label} `, values[index]),
  );
  const plot = element("div", { className: "plot", role: "img" });
  const nothing = element("p", { className: "nothing", textContent: "Nothing in this span", hidden: true });
  const details = element("details", {}, element("summary", { textContent: "Table" }));
  details.firstChild.append(element("span", { className: "unseen", textContent: ` of ${title}` }));
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

  let chart = null;
  const data = () => {
    const { at, columns } = getView();
    return [at.map((ms) => ms / 1000), ...lines.map(([, column]) => columns[column])];
  };
  const write = (index) => {
    const { columns } = getView();
    lines.forEach(([, column], line) => {
      const value = columns[column].at(index);
      values[line].textContent = value === null || value === undefined ? "–" : format(value);
    });
  };
  const fillTable = () => {
    if (details.open && getView()) scroll.replaceChildren(tableOf(title, lines, format, getView()));
  };
  details.addEventListener("toggle", fillTable);

  return {
    show() {
      const hasSomething = data()
        .slice(1)
        .some((column) => column.some((value) => value !== null && value !== undefined));
      article.hidden = isOccasional && !hasSomething;
      if (article.hidden) return;
      if (!chart) {
        chart = new window.uPlot(optionsOf(lines, format, plot.clientWidth, getView, write), data(), plot);
      } else {
        chart.setData(data());
      }
      if (chart.cursor.idx === null || chart.cursor.idx === undefined) write(-1);
      nothing.hidden = hasSomething;
      const now = lines.map(([label], line) => `${label} ${values[line].textContent}`).join(", ");
      plot.setAttribute("aria-label", `Chart of ${title}. Latest: ${now}. The table below has the figures.`);
      fillTable();
    },
    fit() {
      if (chart && plot.clientWidth > 0) chart.setSize({ width: plot.clientWidth, height: HEIGHT });
    },
    /** Colours are read when a chart is made, so another theme needs another chart. */
    repaint() {
      chart?.destroy();
      chart = null;
      if (getView()) this.show();
    },
  };
}

function optionsOf(lines, format, width, getView, write) {
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
      y: { range: (_chart, _min, max) => [0, Math.max(max * 1.1, 1)] },
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
      setCursor: [(chart) => write(chart.cursor.idx ?? -1)],
    },
  };
}

/** A colour of the stylesheet, by name, as it is in the present theme. */
function themed(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function tableOf(title, lines, format, { fromMs, toMs, at, columns }) {
  const table = element("table", {}, element("caption", { className: "unseen", textContent: title }));
  const head = element("tr", {}, headOf("Time"), ...lines.map(([label]) => headOf(label)));
  const body = element("tbody");
  const step = Math.max(1, Math.ceil(at.length / MAX_ROWS));
  for (let index = at.length - 1; index >= 0; index -= step) {
    const cells = lines.map(([, column]) => {
      const value = columns[column][index];
      return element("td", { textContent: value === null || value === undefined ? "–" : format(value) });
    });
    body.append(
      element("tr", {}, element("td", { textContent: moment(at[index], toMs - fromMs) }), ...cells),
    );
  }
  table.append(element("thead", {}, head), body);
  return table;
}

function headOf(textContent) {
  return element("th", { scope: "col", textContent });
}
