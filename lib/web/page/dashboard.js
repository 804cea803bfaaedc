/** The dashboard: streams the present figures, and asks for the rest every few seconds. */

import { createCharts } from "./charts.js";
import { byId, bytes, duration, element, number } from "./format.js";
import { showGaps } from "./gaps.js";
import { showInstances } from "./instances.js";
import { showParts, showTraces } from "./traces.js";

/** @import { ReportedOperation } from "../../performance/index.ts" */
/** @import { FiguresAnswer, GapsAnswer, InstancesAnswer, LiveSample, TracesAnswer } from "../dashboard.ts" */
/** @import { Figures } from "../figures.ts" */
/** @import { Series } from "../history.ts" */
/** @import { ShownHealth } from "../recent.ts" */

/**
 * The spans of time to choose from.
 * @type {[name: string, label: string, spoken: string][]}
 */
const SPANS = [
  ["5m", "5 min", "5 minutes"],
  ["1h", "1 h", "1 hour"],
  ["6h", "6 h", "6 hours"],
  ["24h", "24 h", "24 hours"],
  ["7d", "7 d", "7 days"],
  ["30d", "30 d", "30 days"],
];
const RECENT_MS = 300_000;
/** How often the page asks for what is not streamed. */
const REFRESH_MS = 10_000;
/** Rows of the table of operations until "Show all operations" is pressed. */
const FIRST_ROWS = 12;
const STATES = { healthy: "Healthy", slow: "Slow", failing: "Failing", unmeasured: "Not measured" };

/** @param {string} id */
const box = (id) => byId(id, HTMLElement);
const operationsTable = byId("operations", HTMLTableElement);
const charts = createCharts(box("chart-list"));
let span = SPANS.some(([name]) => name === location.hash.slice(1)) ? location.hash.slice(1) : "5m";
/**
 * The series of the last five minutes, which the stream adds to; null while another span is shown.
 * @type {Series | null}
 */
let recent = null;
let showsAllOperations = false;
/** Whether other instances run, whose values the stream does not have. */
let isOneOfSeveral = false;
/** @type {ReportedOperation[]} */
let operations = [];

/** @param {ShownHealth} health */
function showHealth({ state, text }) {
  const line = box("health");
  if (line.dataset.state === state && box("health-text").textContent === text) return; // screen readers would announce it again
  line.dataset.state = state;
  box("health-state").textContent = STATES[state];
  box("health-text").textContent = text;
  document.title = state === "healthy" ? "Helpline dashboard" : `${STATES[state]} – Helpline dashboard`;
}

/**
 * Shows what is wrong with messages on their way; says the same only once to screen readers.
 * @param {string[]} problems
 */
function showProblems(problems) {
  const list = box("problems");
  if (list.dataset.shown === problems.join("\n")) return;
  list.dataset.shown = problems.join("\n");
  list.firstElementChild?.replaceChildren(...problems.map((text) => element("li", { textContent: text })));
  list.hidden = problems.length === 0;
}

/**
 * @param {number | null} value
 * @param {(value: number) => string} format
 */
function maybe(value, format) {
  return value === null ? "–" : format(value);
}

/**
 * The number that wait, where any do.
 * @param {number | null} count
 */
function waitingNote(count) {
  return count !== null && count > 0 ? `, ${number(count)} wait` : "";
}

/** @param {Figures} now */
function showTiles(now) {
  /** @type {[label: string, value: string, note: string][]} */
  const tiles = [
    ["Response p95", maybe(now.answerP95, duration), maybe(now.answerP50, (ms) => `p50 ${duration(ms)}`)],
    ["Questions", maybe(now.questions, number), "a minute"],
    ["In flight", number(now.inFlight ?? 0), `${maybe(now.waiting, number)} not done`],
    ["Oldest update", maybe(now.oldestMs, duration), ""],
    [
      "Model slots",
      maybe(now.modelInFlight, number),
      `of ${maybe(now.modelLimit, number)}${waitingNote(now.modelQueued)}`,
    ],
    [
      "MongoDB",
      maybe(now.poolInUse, number),
      `of ${maybe(now.poolOpen, number)} open${waitingNote(now.poolWaiting)}`,
    ],
    ["Event loop p99", maybe(now.loopP99, duration), ""],
    ["Memory", maybe(now.rssBytes, bytes), ""],
  ];
  box("tiles").replaceChildren(
    ...tiles.map(([label, value, note]) =>
      element(
        "div",
        {},
        element("dt", { textContent: label }),
        element("dd", { textContent: value }),
        element("dd", { className: "note", textContent: note === "–" ? "" : note }),
      ),
    ),
  );
}

/**
 * Adds a streamed sample to the last five minutes, and drops those that are older.
 * @param {LiveSample} sample
 */
function addSample({ at, figures }) {
  if (!recent || at <= (recent.at.at(-1) ?? 0)) return;
  recent.at.push(at);
  for (const [name, value] of entriesOf(figures)) recent.columns[name].push(value);
  while ((recent.at[0] ?? at) < at - RECENT_MS) {
    recent.at.shift();
    for (const column of Object.values(recent.columns)) column.shift();
  }
  showRecent(recent, at);
}

/**
 * @template {string} Key
 * @template Value
 * @param {Record<Key, Value>} record
 */
function entriesOf(record) {
  return /** @type {[Key, Value][]} */ (Object.entries(record));
}

/**
 * Shows the last five minutes, or as much of them as the bot has run, but at least one.
 * @param {Series} series
 * @param {number} toMs
 */
function showRecent(series, toMs) {
  const sinceMs = Math.min(series.at[0] ?? toMs, toMs - 60_000);
  charts.show({ fromMs: Math.max(toMs - RECENT_MS, sinceMs), toMs, ...series });
}

function showOperations() {
  const ranked = operations.toSorted(
    (a, b) => Number(b.slowMs !== null) - Number(a.slowMs !== null) || b.p95Ms - a.p95Ms,
  );
  const rows = ranked.slice(0, showsAllOperations ? ranked.length : FIRST_ROWS).map((operation) => {
    const failures = Object.entries(operation.errors);
    const isSlow = operation.slowMs !== null && operation.p95Ms >= operation.slowMs;
    const errors = element("td", {
      textContent: failures.length === 0 ? "" : number(failures.reduce((sum, [, count]) => sum + count, 0)),
      title: failures.map(([code, count]) => `${code}: ${count}`).join(", "),
      className: "is-failing",
    });
    return element(
      "tr",
      {},
      element("th", { scope: "row", textContent: operation.name }),
      element("td", { textContent: number(operation.count) }),
      errors,
      element("td", { textContent: duration(operation.p50Ms) }),
      element("td", { textContent: duration(operation.p95Ms), className: isSlow ? "is-slow" : "" }),
      element("td", { textContent: duration(operation.p99Ms) }),
      element("td", { textContent: duration(operation.maxMs) }),
    );
  });
  operationsTable.tBodies[0]?.replaceChildren(...rows);
  box("more").hidden = showsAllOperations || ranked.length <= FIRST_ROWS;
}

/**
 * @param {string} path
 * @returns the JSON of the answer, of the chosen span.
 */
async function ask(path) {
  const response = await fetch(`/dashboard/${path}?span=${span}`);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/**
 * Asks for the figures and traces of the chosen span; drops an answer when another span was chosen meanwhile.
 * @param {{ withCharts: boolean }} options
 */
async function refresh({ withCharts }) {
  const asked = span;
  try {
    /** @type {[FiguresAnswer, TracesAnswer, GapsAnswer, InstancesAnswer]} */
    const [figures, { traces }, gaps, instances] = await Promise.all([
      ask("figures"),
      ask("traces"),
      ask("gaps"),
      ask("instances"),
    ]);
    if (asked !== span) return;
    box("problem").hidden = true;
    operations = figures.operations;
    showOperations();
    showTraces(box("traces"), traces, figures.toMs - figures.fromMs);
    showGaps(box("gaps"), box("gaps-list"), gaps);
    showInstances(box("instances"), byId("instances-table", HTMLTableElement), instances);
    isOneOfSeveral = instances.instances.length > 0;
    if (!withCharts) return;
    recent = span === "5m" && figures.isLive ? figures.series : null;
    if (recent) showRecent(recent, figures.toMs);
    else charts.show({ fromMs: figures.fromMs, toMs: figures.toMs, ...figures.series });
  } catch (error) {
    if (asked !== span) return;
    box("problem").textContent = messageOf(error);
    box("problem").hidden = false;
  }
}

/** @param {unknown} error */
function messageOf(error) {
  if (error instanceof TypeError) return "Helpline does not answer."; // fetch could not connect
  return error instanceof Error ? error.message : String(error);
}

/** @param {string} next */
function choose(next) {
  span = next;
  recent = null;
  history.replaceState(null, "", `#${next}`);
  void refresh({ withCharts: true });
}

function addSpans() {
  for (const [name, label, spoken] of SPANS) {
    const radio = element("input", { type: "radio", name: "span", value: name, checked: name === span });
    radio.setAttribute("aria-label", spoken);
    radio.addEventListener("change", () => choose(name));
    box("spans").append(element("label", {}, radio, label));
  }
}

function listen() {
  const stream = new EventSource("/dashboard/live");
  stream.addEventListener("message", ({ data }) => {
    /** @type {LiveSample} */
    const sample = JSON.parse(data);
    box("chat").hidden = !sample.hasChat;
    box("live").textContent = isOneOfSeveral ? "live, this instance" : "live";
    showHealth(sample.health);
    showProblems(sample.problems);
    showTiles(sample.figures);
    addSample(sample);
  });
  stream.addEventListener("error", () => {
    box("live").textContent = "connection lost, trying again";
  });
}

addSpans();
for (const id of ["operations-scroll", "instances-scroll"]) box(id).tabIndex = 0; // so that the keyboard can scroll it
showParts(box("parts"));
box("more").addEventListener("click", () => {
  showsAllOperations = true;
  showOperations();
});
listen();
await refresh({ withCharts: true });
setInterval(() => void refresh({ withCharts: recent === null }), REFRESH_MS);
