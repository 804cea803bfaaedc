import { createCharts } from "./charts.js";
import { bytes, duration, element, number } from "./format.js";
import { showParts, showTraces } from "./traces.js";

const SPANS = [
  ["5m", "5 min", "5 minutes"],
  ["1h", "1 h", "1 hour"],
  ["6h", "6 h", "6 hours"],
  ["24h", "24 h", "24 hours"],
  ["7d", "7 d", "7 days"],
  ["30d", "30 d", "30 days"],
];
const RECENT_MS = 300_000;
/** How often what is not streamed is asked for again. */
const REFRESH_MS = 10_000;
/** Rows of the table of operations before all are asked for. */
const FIRST_ROWS = 12;
const STATES = { healthy: "Healthy", slow: "Slow", failing: "Failing", unmeasured: "Not measured" };

const byId = (id) => document.getElementById(id);
const charts = createCharts(byId("chart-list"));
let span = SPANS.some(([name]) => name === location.hash.slice(1)) ? location.hash.slice(1) : "5m";
/** The five minutes that the stream adds to; null while another span is shown. */
let recent = null;
let showsAllOperations = false;
let operations = [];

function showHealth({ state, text }) {
  const line = byId("health");
  if (line.dataset.state === state && byId("health-text").textContent === text) return; // not read aloud again
  line.dataset.state = state;
  byId("health-state").textContent = STATES[state];
  byId("health-text").textContent = text;
  document.title = state === "healthy" ? "Helpline dashboard" : `${STATES[state]} – Helpline dashboard`;
}

function maybe(value, format) {
  return value === null ? "–" : format(value);
}

function showTiles(now) {
  const tiles = [
    ["Response p95", maybe(now.answerP95, duration), maybe(now.answerP50, (ms) => `p50 ${duration(ms)}`)],
    ["Questions", maybe(now.questions, number), "a minute"],
    ["In flight", number(now.inFlight ?? 0), `${maybe(now.waiting, number)} not done`],
    ["Oldest update", maybe(now.oldestMs, duration), ""],
    [
      "Gemini slots",
      maybe(now.geminiInFlight, number),
      `of ${maybe(now.geminiLimit, number)}${now.geminiQueued > 0 ? `, ${number(now.geminiQueued)} wait` : ""}`,
    ],
    [
      "MongoDB",
      maybe(now.poolInUse, number),
      `of ${maybe(now.poolOpen, number)} open${now.poolWaiting > 0 ? `, ${number(now.poolWaiting)} wait` : ""}`,
    ],
    ["Event loop p99", maybe(now.loopP99, duration), ""],
    ["Memory", maybe(now.rssBytes, bytes), ""],
  ];
  byId("tiles").replaceChildren(
    ...tiles.map(([label, value, note]) =>
      element(
        "div",
        {},
        element("dt", { textContent: label }),
        element("dd", { textContent: value }),
        element("small", { textContent: note === "–" ? "" : note }),
      ),
    ),
  );
}

function showCharts({ fromMs, toMs, at, columns }) {
  charts.show({ fromMs, toMs, at, columns });
}

/** Adds a streamed sample to the five minutes, and forgets what is older. */
function addSample({ at, figures }) {
  if (!recent || at <= (recent.at.at(-1) ?? 0)) return;
  recent.at.push(at);
  for (const [name, column] of Object.entries(recent.columns)) column.push(figures[name] ?? null);
  while (recent.at[0] < at - RECENT_MS) {
    recent.at.shift();
    for (const column of Object.values(recent.columns)) column.shift();
  }
  showRecent(at);
}

/** Five minutes, or less when the bot has not run for as long; a minute at least. */
function showRecent(toMs) {
  const sinceMs = Math.min(recent.at[0] ?? toMs, toMs - 60_000);
  showCharts({ fromMs: Math.max(toMs - RECENT_MS, sinceMs), toMs, ...recent });
}

function showOperations() {
  const ranked = operations.toSorted(
    (a, b) => (b.slowMs !== null) - (a.slowMs !== null) || b.p95Ms - a.p95Ms,
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
  byId("operations").tBodies[0].replaceChildren(...rows);
  byId("more").hidden = showsAllOperations || ranked.length <= FIRST_ROWS;
}

async function ask(path) {
  const response = await fetch(`/dashboard/${path}?span=${span}`);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/** Asks for the span's figures and traces; an answer for a span that is no longer chosen is dropped. */
async function refresh({ withCharts }) {
  const asked = span;
  try {
    const [figures, { traces }] = await Promise.all([ask("figures"), ask("traces")]);
    if (asked !== span) return;
    byId("problem").hidden = true;
    operations = figures.operations;
    showOperations();
    showTraces(byId("traces"), traces, figures.toMs - figures.fromMs);
    if (!withCharts) return;
    recent = span === "5m" ? figures.series : null;
    if (recent) showRecent(figures.toMs);
    else showCharts({ fromMs: figures.fromMs, toMs: figures.toMs, ...figures.series });
  } catch (error) {
    if (asked !== span) return;
    byId("problem").textContent = error instanceof TypeError ? "Helpline does not answer." : error.message;
    byId("problem").hidden = false;
  }
}

function choose(next) {
  span = next;
  recent = null;
  history.replaceState(null, "", `#${next}`);
  void refresh({ withCharts: true });
}

function addSpans() {
  for (const [name, label, said] of SPANS) {
    const radio = element("input", { type: "radio", name: "span", value: name, checked: name === span });
    radio.setAttribute("aria-label", said);
    radio.addEventListener("change", () => choose(name));
    byId("spans").append(element("label", {}, radio, label));
  }
}

function listen() {
  const stream = new EventSource("/dashboard/live");
  stream.addEventListener("message", ({ data }) => {
    const sample = JSON.parse(data);
    byId("chat").hidden = !sample.hasChat;
    byId("live").textContent = "live";
    showHealth(sample.health);
    showTiles(sample.figures);
    addSample(sample);
  });
  stream.addEventListener("error", () => {
    byId("live").textContent = "connection lost, trying again";
  });
}

addSpans();
byId("operations").parentElement.tabIndex = 0; // so that the keyboard can scroll it
showParts(byId("parts"));
byId("more").addEventListener("click", () => {
  showsAllOperations = true;
  showOperations();
});
listen();
await refresh({ withCharts: true });
setInterval(() => void refresh({ withCharts: span !== "5m" }), REFRESH_MS);
