/** The list of the slowest traces. */

import { duration, element, moment, swatch } from "./format.js";

/** @import { KeptSpan } from "../../performance/index.ts" */
/** @import { ShownTrace } from "../dashboard.ts" */

/**
 * The colour and the label of a part of the time: the first whose pattern matches.
 * @type {[pattern: RegExp, color: string, label: string][]}
 */
const PARTS = [
  [/\.wait$/, "amber", "waiting for a place"],
  [/^model/, "violet", "Model"],
  [/^mongo/, "green", "MongoDB"],
  [/^telegram/, "blue", "Telegram"],
  [/^file/, "pink", "files"],
  [/^event_loop/, "red", "event loop"],
  [/^knowledge/, "teal", "library"],
  [/^/, "grey", "other"],
];

/**
 * Shows the legend of the colours.
 * @param {HTMLElement} list
 */
export function showParts(list) {
  list.replaceChildren(...PARTS.map(([, color, label]) => element("li", {}, swatch(color), label)));
}

/**
 * Shows the slowest traces; a click or Enter opens one as a waterfall. Those that were open stay open.
 * @param {HTMLElement} list
 * @param {ShownTrace[]} traces
 * @param {number} spanMs the length of the span of time that they are of.
 */
export function showTraces(list, traces, spanMs) {
  const opened = list.querySelectorAll('[aria-expanded="true"]');
  const open = new Set([...opened].map((button) => button.getAttribute("data-id")));
  const { activeElement } = document;
  const focused = activeElement instanceof HTMLElement ? activeElement.dataset.id : undefined;
  if (traces.length === 0) {
    list.replaceChildren(
      element("li", {
        className: "empty",
        textContent: "No slow trace is kept of this span (they need PERFORMANCE=full).",
      }),
    );
    return;
  }
  list.replaceChildren(...traces.map((trace, place) => traceItem(trace, place, spanMs, open.has(trace.id))));
  const focusAgain = focused && list.querySelector(`[data-id="${CSS.escape(focused)}"]`);
  if (focusAgain instanceof HTMLElement) focusAgain.focus();
}

/**
 * @param {ShownTrace} trace
 * @param {number} place its place in the list.
 * @param {number} spanMs
 * @param {boolean} isOpen
 */
function traceItem(trace, place, spanMs, isOpen) {
  const waterfall = element("div", { className: "waterfall", id: `trace-${place}`, hidden: !isOpen });
  const button = element(
    "button",
    {
      className: "trace",
      type: "button",
      data: { id: trace.id },
      aria: { expanded: String(isOpen), controls: waterfall.id },
    },
    element("time", { textContent: moment(trace.startedAtMs, spanMs) }),
    element("span", { textContent: trace.operation }),
    element("span", { className: "took", textContent: duration(trace.durationMs) }),
    element("span", { className: "mostly", textContent: largestPartOf(trace), aria: { hidden: "true" } }),
    stackOf(trace),
  );
  const fill = () => waterfall.replaceChildren(...waterfallOf(trace));
  if (isOpen) fill();
  button.addEventListener("click", () => {
    const opens = waterfall.hidden;
    if (opens) fill();
    waterfall.hidden = !opens;
    button.setAttribute("aria-expanded", String(opens));
  });
  return element("li", {}, button, waterfall);
}

/**
 * The part that took most of the time; empty where that was the operation's own work.
 * @param {ShownTrace} trace
 */
function largestPartOf({ parts: [largest] }) {
  return !largest || largest.part === "own" ? "" : `${largest.part} ${duration(largest.ms)}`;
}

/**
 * A bar with each part's share; time in which nothing measured ran is left empty.
 * @param {ShownTrace} trace
 */
function stackOf({ parts, durationMs }) {
  const measured = parts.filter(({ part, ms }) => part !== "own" && ms > 0);
  const said = measured.slice(0, 3).map(({ part, ms }) => `${part} ${duration(ms)}`);
  const stack = element("span", { className: "stack", title: said.join(", ") });
  for (const { part, ms } of measured) {
    const bar = element("i");
    bar.style.width = `${(100 * ms) / durationMs}%`;
    tint(bar, part);
    stack.append(bar);
  }
  stack.append(element("span", { className: "unseen", textContent: said.join(", ") }));
  return stack;
}

/** @param {ShownTrace} trace */
function waterfallOf(trace) {
  const { spans, durationMs, fields, leftOut, errorCode } = trace;
  const facts = [
    ...Object.entries(fields).map(([name, value]) => `${name} ${value}`),
    ...(errorCode === undefined ? [] : [`failed: ${errorCode}`]),
    ...(leftOut > 0 ? [`${leftOut} more calls are not shown`] : []),
  ];
  const rows = spans.map((span) => {
    const name = element("th", { scope: "row", textContent: span.name, title: span.name });
    name.style.paddingLeft = `${8 + 14 * depthOf(span, spans)}px`;
    if (span.errorCode)
      name.append(element("span", { className: "code", textContent: ` ${span.errorCode}` }));
    const bar = element("i");
    bar.style.left = `${(100 * span.startMs) / durationMs}%`;
    bar.style.width = `${(100 * span.durationMs) / durationMs}%`;
    tint(bar, span.part);
    return element(
      "tr",
      {},
      name,
      element("td", { textContent: `+${duration(span.startMs)}` }),
      element("td", { textContent: duration(span.durationMs) }),
      element("td", {}, element("span", { className: "track" }, bar)),
    );
  });
  const head = ["Call", "Begins", "Takes", ""].map((textContent) =>
    element("th", { scope: "col", textContent }),
  );
  const table = element(
    "table",
    {},
    element("thead", { className: "unseen" }, element("tr", {}, ...head)),
    element("tbody", {}, ...rows),
  );
  return [element("p", { textContent: facts.join(" · ") }), table];
}

/**
 * The number of ancestors of a span, at most 8.
 * @param {KeptSpan} span
 * @param {readonly KeptSpan[]} spans
 */
function depthOf(span, spans) {
  let depth = 0;
  /** @type {KeptSpan | undefined} */
  let at = span;
  while (at && at.parent !== null && depth < 8) {
    at = spans[at.parent];
    depth += 1;
  }
  return depth;
}

/**
 * Gives an element the colour of a part.
 * @param {HTMLElement} node
 * @param {string} part
 */
function tint(node, part) {
  const color = PARTS.find(([pattern]) => pattern.test(part))?.[1] ?? "grey";
  node.style.setProperty("--tone", `var(--${color})`);
}
