/** A line of a latency chart. */
export interface Curve {
  name: string;
  /** The class of the page's style that gives its colour. */
  style: string;
  /** Response times in milliseconds. */
  values: readonly number[];
}

/** A bar of a Gantt chart; times in milliseconds. */
export interface Bar {
  from: number;
  to: number;
  title: string;
  isFailed: boolean;
}

const WIDTH = 720;
const HEIGHT = 240;
const MARGIN = { left: 44, right: 12, top: 10, bottom: 26 };
const LANE_HEIGHT = 16;

/** The share of questions that were answered after each time, as inline SVG. */
export function latencyChart(curves: readonly Curve[]): string {
  const most = Math.max(1, ...curves.flatMap(({ values }) => values));
  const x = scale(most);
  const bottom = HEIGHT - MARGIN.bottom;
  const y = (share: number): number => bottom - share * (bottom - MARGIN.top);
  const lines = curves.map(({ name, style, values }) => {
    const sorted = values.toSorted((a, b) => a - b);
    const steps = sorted.map(
      (value, index) => `H${x(value).toFixed(1)}V${y((index + 1) / sorted.length).toFixed(1)}`,
    );
    return `<path class="curve ${style}" d="M${x(0)} ${y(0)}${steps.join("")}"><title>${escapeHtml(name)}</title></path>`;
  });
  const shares = [0, 0.5, 0.95, 1].map(
    (share) =>
      `<path class="grid" d="M${MARGIN.left} ${y(share)}H${WIDTH - MARGIN.right}"/><text x="${MARGIN.left - 6}" y="${y(share) + (share === 1 ? 0 : 4)}" text-anchor="end">${share * 100} %</text>`,
  );
  const label = curves.map(({ name }) => name).join(", ");
  return svg(HEIGHT, `Answered after: ${label}`, [...shares, ...timeAxis(most, bottom), ...lines]);
}

/** The questions each slot worked on over time, as inline SVG. */
export function ganttChart(bars: readonly Bar[]): string {
  const lanes: number[] = [];
  const most = Math.max(1, ...bars.map(({ to }) => to));
  const x = scale(most);
  const drawn = bars
    .toSorted((a, b) => a.from - b.from)
    .map(({ from, to, title, isFailed }) => {
      const free = lanes.findIndex((busyUntil) => busyUntil <= from);
      const lane = free < 0 ? lanes.length : free;
      lanes[lane] = to;
      const width = Math.max(1, x(to) - x(from) - 0.5).toFixed(1);
      const top = MARGIN.top + lane * LANE_HEIGHT;
      return `<rect class="${isFailed ? "failed" : "bar"}" x="${x(from).toFixed(1)}" y="${top}" width="${width}" height="${LANE_HEIGHT - 2}"><title>${escapeHtml(title)}</title></rect>`;
    });
  const bottom = MARGIN.top + lanes.length * LANE_HEIGHT;
  return svg(bottom + MARGIN.bottom, "Slots over time", [...timeAxis(most, bottom), ...drawn]);
}

function scale(most: number): (ms: number) => number {
  return (ms) => MARGIN.left + (ms / most) * (WIDTH - MARGIN.left - MARGIN.right);
}

/** The time axis, with about eight ticks at round seconds. */
function timeAxis(most: number, bottom: number): string[] {
  const x = scale(most);
  const rough = most / 8;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const ticks = Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
  return ticks.map(
    (ms) =>
      `<path class="grid" d="M${x(ms).toFixed(1)} ${MARGIN.top}V${bottom}"/><text x="${x(ms).toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${Number((ms / 1_000).toFixed(2))} s</text>`,
  );
}

function svg(height: number, label: string, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(label)}">${parts.join("")}</svg>`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
