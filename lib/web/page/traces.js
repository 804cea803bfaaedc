import { duration, element, moment, swatch } from "./format.js";

/** Which colour a part has; the first that fits. */
const PARTS = [
  [/\.wait$/, "amber", "waiting for a place"],
  [/^gemini/, "violet", "Gemini"],
  [/^mongo/, "green", "MongoDB"],
  [/^telegram/, "blue", "Telegram"],
  [/^file/, "pink", "files"],
  [/^event_loop/, "red", "event loop"],
  [/^knowledge/, "teal", "library"],
  [/^/, "grey", "other"],
];

/** Shows the key of the colours. */
export function showParts(list) {
  list.replaceChildren(...PARTS.map(([, color, label]) => element("li", {}, swatch(color), label)));
}

/** Shows the slowest traces; a click or Enter opens one as a waterfall. Those that were open stay open. */
export function showTraces(list, traces, spanMs) {
  const open = new Set([...list.querySelectorAll('[aria-expanded="true"]')].map(({ dataset }) => dataset.id));
  const focused = document.activeElement?.dataset?.id;
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
  if (focused) list.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
}

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

/** What took most of the time, which the stack says aloud; nothing where that was the operation itself. */
function largestPartOf({ parts: [largest] }) {
  return !largest || largest.part === "own" ? "" : `${largest.part} ${duration(largest.ms)}`;
}

/** The shares of the parts, side by side; time in which nothing measured ran is left empty. */
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

function depthOf(span, spans) {
  let depth = 0;
  for (let at = span; at && at.parent !== null && depth < 8; at = spans[at.parent]) depth += 1;
  return depth;
}

function tint(node, part) {
  const [, color] = PARTS.find(([pattern]) => pattern.test(part));
  node.style.setProperty("--tone", `var(--${color})`);
}
