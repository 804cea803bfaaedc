import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";
import { init } from "echarts";

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
const FONT = "DejaVu Sans";

/**
 * Draws questions as bars and their p95 as a line, as PNG. Loading the libraries blocks the event loop for more than a
 * second, so only the child process imports this file.
 */
export function drawStatsChart(chart: StatsChart): Uint8Array {
  const drawing = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
  try {
    drawing.setOption(optionOf(chart));
    const { resolve } = createRequire(import.meta.url);
    const fonts = ["DejaVuSans", "DejaVuSans-Bold"].map((font) =>
      resolve(`dejavu-fonts-ttf/ttf/${font}.ttf`),
    );
    const picture = new Resvg(drawing.renderToSVGString(), {
      font: { fontFiles: fonts, loadSystemFonts: false, defaultFontFamily: FONT },
    });
    return picture.render().asPng();
  } finally {
    drawing.dispose();
  }
}

function optionOf({ title, times, questions, p95 }: StatsChart) {
  return {
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: FONT, fontSize: 14 },
    title: { text: title, textStyle: { fontFamily: FONT, fontSize: 18 }, left: 16, top: 12 },
    legend: { top: 44, left: 16, data: [questions.name, p95.name] },
    grid: { left: 60, right: 60, top: 96, bottom: 48 },
    xAxis: { type: "category" as const, data: [...times], name: "UTC" },
    yAxis: [
      { type: "value" as const, minInterval: 1 },
      { type: "value" as const, splitLine: { show: false } },
    ],
    series: [
      {
        name: questions.name,
        type: "bar" as const,
        itemStyle: { color: "#7fb2e5" },
        data: [...questions.counts],
      },
      {
        name: p95.name,
        type: "line" as const,
        yAxisIndex: 1,
        itemStyle: { color: "#c2410c" },
        data: [...p95.seconds],
      },
    ],
  };
}
