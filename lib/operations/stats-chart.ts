import { createRequire } from "node:module";

/** The data of the chart: for each interval the number of questions and the p95 of their durations. */
export interface StatsChart {
  title: string;
  /** When each interval begins, such as 14:30, in UTC. */
  times: readonly string[];
  questions: { name: string; counts: readonly number[] };
  /** `null` where nothing was asked. */
  p95: { name: string; seconds: readonly (number | null)[] };
}

const WIDTH = 800;
const HEIGHT = 420;
const PLOT = { left: 60, right: WIDTH - 60, top: 96, bottom: HEIGHT - 48 };
const FONT = "DejaVu Sans";
const BAR_COLOR = "#4f8fd0";
const LINE_COLOR = "#c2410c";
const TEXT_COLOR = "#333333";
const TICKS = 5;
const TIME_LABELS = 8;
/** The share of its interval that a bar takes. */
const BAR_SHARE = 0.7;

/** Draws questions as bars and their p95 as a line, as PNG; in a thread, so that the bot goes on meanwhile. */
export async function drawStatsChart(chart: StatsChart): Promise<Uint8Array> {
  const { renderAsync } = await import("@resvg/resvg-js");
  const { resolve } = createRequire(import.meta.url);
  const fonts = ["DejaVuSans", "DejaVuSans-Bold"].map((font) => resolve(`dejavu-fonts-ttf/ttf/${font}.ttf`));
  const picture = await renderAsync(statsChartSvg(chart), {
    font: { fontFiles: fonts, loadSystemFonts: false, defaultFontFamily: FONT },
  });
  return picture.asPng();
}

/** The chart as SVG. */
export function statsChartSvg({ title, times, questions, p95 }: StatsChart): string {
  const left = scaleFor(questions.counts, { wholeNumbers: true });
  const right = scaleFor(
    p95.seconds.map((seconds) => seconds ?? 0),
    { wholeNumbers: false },
  );
  const step = (PLOT.right - PLOT.left) / Math.max(1, times.length);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="${FONT}" font-size="13" fill="${TEXT_COLOR}">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="16" y="32" font-size="18" font-weight="bold">${escaped(title)}</text>`,
    ...legend(questions.name, p95.name),
    ...axes(left, right),
    ...timeLabels(times, step),
    ...bars(questions.counts, left, step),
    ...line(p95.seconds, right, step),
    "</svg>",
  ].join("\n");
}

/** The values at the grid's lines, from 0. */
interface Scale {
  ticks: readonly number[];
  y(value: number): number;
}

function scaleFor(values: readonly number[], { wholeNumbers }: { wholeNumbers: boolean }): Scale {
  const rough = Math.max(...values, wholeNumbers ? TICKS : 1) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough) ?? 10;
  const tick = Number((factor * power).toPrecision(1));
  const ticks = Array.from({ length: TICKS + 1 }, (_, index) => Number((index * tick).toPrecision(6)));
  const most = tick * TICKS;
  return { ticks, y: (value) => PLOT.bottom - (value / most) * (PLOT.bottom - PLOT.top) };
}

function legend(first: string, second: string): string[] {
  const next = 16 + 24 + first.length * 8 + 24;
  return [
    `<rect x="16" y="52" width="14" height="14" fill="${BAR_COLOR}"/><text x="36" y="64">${escaped(first)}</text>`,
    `<path d="M${next} 59h20" stroke="${LINE_COLOR}" stroke-width="3"/><text x="${next + 26}" y="64">${escaped(second)}</text>`,
  ];
}

function axes(left: Scale, right: Scale): string[] {
  const rows = left.ticks.map((count, index) => {
    const y = left.y(count);
    return [
      `<path d="M${PLOT.left} ${y}H${PLOT.right}" stroke="${index === 0 ? "#888888" : "#dddddd"}"/>`,
      `<text x="${PLOT.left - 8}" y="${y + 4}" text-anchor="end">${count}</text>`,
      `<text x="${PLOT.right + 8}" y="${y + 4}">${right.ticks[index] ?? ""}</text>`,
    ].join("");
  });
  const names = `<text x="${PLOT.left}" y="${HEIGHT - 8}" font-size="11">UTC</text>`;
  return [...rows, names];
}

function timeLabels(times: readonly string[], step: number): string[] {
  const every = Math.max(1, Math.ceil(times.length / TIME_LABELS));
  return times.flatMap((time, index) =>
    index % every === 0
      ? [
          `<text x="${centreOf(index, step)}" y="${PLOT.bottom + 20}" text-anchor="middle">${escaped(time)}</text>`,
        ]
      : [],
  );
}

function bars(counts: readonly number[], scale: Scale, step: number): string[] {
  const width = (step * BAR_SHARE).toFixed(1);
  return counts.flatMap((count, index) => {
    if (count === 0) return [];
    const x = (centreOf(index, step) - (step * BAR_SHARE) / 2).toFixed(1);
    const y = scale.y(count);
    return [`<rect x="${x}" y="${y}" width="${width}" height="${PLOT.bottom - y}" fill="${BAR_COLOR}"/>`];
  });
}

/** A path broken where there is no value, and a point at each value, so that one between two gaps is seen. */
function line(seconds: readonly (number | null)[], scale: Scale, step: number): string[] {
  const points = seconds.map((value, index) =>
    value === null ? null : `${centreOf(index, step)} ${scale.y(value).toFixed(1)}`,
  );
  const path = points.map((point, index) => point && `${points[index - 1] ? "L" : "M"}${point}`).join("");
  const marks = points.flatMap((point) => {
    const [x, y] = point?.split(" ") ?? [];
    return x === undefined ? [] : [`<circle cx="${x}" cy="${y}" r="3" fill="${LINE_COLOR}"/>`];
  });
  return [`<path d="${path}" fill="none" stroke="${LINE_COLOR}" stroke-width="2"/>`, ...marks];
}

function centreOf(index: number, step: number): number {
  return Number((PLOT.left + (index + 0.5) * step).toFixed(1));
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
