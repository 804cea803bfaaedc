import type { PhaseResult, ScenarioResult } from "../scenario.ts";
import { firstComeFirstServed } from "./bounds.ts";
import { type Bar, escapeHtml, ganttChart, latencyChart } from "./charts.ts";
import { jobsOf, responsesOf } from "./figures.ts";
import { type Report, renderText } from "./report.ts";

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2733; --paper: #fff; --faint: #8894a033; --ours: #0a7ea4; --first: #b3591f; --bad: #c0392b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --paper: #14191f; --ours: #4cc0e8; --first: #f0a36b; --bad: #ff7b6b; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 960px; margin: 2rem auto; padding: 0 1rem; }
pre { overflow-x: auto; font-size: 12px; line-height: 1.3; }
svg { width: 100%; height: auto; }
svg text { font-size: 11px; fill: var(--ink); opacity: .75; }
.grid { stroke: var(--faint); }
.curve { fill: none; stroke-width: 2; }
.ours { stroke: var(--ours); } .first-come { stroke: var(--first); stroke-dasharray: 5 3; }
.bar { fill: var(--ours); } .failed { fill: var(--bad); }
b.ours { color: var(--ours); } b.first-come { color: var(--first); }
`;

/** The report as a self-contained page, with charts of the response times and the slots of every crowd. */
export function renderHtml(report: Report, results: readonly ScenarioResult[]): string {
  const sections = results.flatMap((result) =>
    result.phases
      .filter(({ asked }) => asked.length > 0)
      .map((phase) => phaseSection(result, phase, report.speed)),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Helpline, simulated</title><style>${STYLE}</style></head>
<body><h1>Helpline, simulated</h1><pre>${escapeHtml(renderText(report))}</pre>
<p>Below: the share of questions answered after so long, <b class="ours">ours</b> and
<b class="first-come">first come, first served at no cost</b>; then the calls to the model, a lane for each slot.</p>
${sections.join("\n")}</body></html>
`;
}

function phaseSection({ name, slots }: ScenarioResult, phase: PhaseResult, speed: number): string {
  const curves = [
    { name: "first come", style: "first-come", values: firstComeFirstServed(jobsOf(phase, speed), slots) },
    { name: "ours", style: "ours", values: responsesOf(phase, speed) },
  ];
  const bars = phase.calls.map(
    ({ questionId, beganAtMs, endedAtMs, outcome }): Bar => ({
      from: beganAtMs * speed,
      to: endedAtMs * speed,
      title: `${questionId}: ${(((endedAtMs - beganAtMs) * speed) / 1_000).toFixed(2)} s, ${outcome}`,
      isFailed: outcome !== "answered",
    }),
  );
  return `<h2>${escapeHtml(`${phase.label}, ${name}`)}</h2>\n${latencyChart(curves)}\n${ganttChart(bars)}`;
}
