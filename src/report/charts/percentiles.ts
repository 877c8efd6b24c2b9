import type { Chart, Drawing, Mark } from "../../output/page.js";
import { latencyMeasures } from "../../runs/latency.js";
import { formatMs } from "../../terminal/milliseconds.js";
import type { CallRecord } from "../../verdict/events.js";
import { INK } from "./style.js";

/** With fewer calls than this a percentile is a single call. */
const LEAST_CALLS = 20;

const DRAWN = {
  total: { mark: "whole", text: "whole answer, since sent", color: "var(--flight)", width: 2, type: "solid" },
  sinceDue: { mark: "due", text: "whole answer, since due", color: "var(--left)", width: 2, type: "dashed" },
  firstToken: { mark: "token", text: "first token", color: "var(--slots)", width: 2.5, type: "solid" },
} as const satisfies Record<string, { mark: Mark; [name: string]: unknown }>;

interface Series {
  readonly name: keyof typeof DRAWN;
  /** Durations in milliseconds, ascending. */
  readonly sorted: Float64Array;
}

/**
 * How slow the slowest share of the calls was; each nine has the same width. Undefined when too few calls were
 * answered.
 */
export function percentileChart(id: string, calls: readonly CallRecord[]): Chart | undefined {
  const measures = latencyMeasures(calls);
  const series = (Object.keys(DRAWN) as (keyof typeof DRAWN)[]).flatMap((name): Series[] =>
    measures[name].length >= LEAST_CALLS ? [{ name, sorted: Float64Array.from(measures[name]).sort() }] : [],
  );
  if (series.length === 0) return undefined;
  return {
    kind: "chart",
    id,
    title: "Latency by percentile",
    words: series.map(say).join(" "),
    legend: series.map(({ name }) => ({ mark: DRAWN[name].mark, text: DRAWN[name].text })),
    draw: (width) => draw(series, width),
  };
}

function say({ name, sorted }: Series): string {
  const at = (share: number) => formatMs(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  const most = formatMs(sorted.at(-1) ?? 0);
  return `${sorted.length} calls, ${DRAWN[name].text}: half within ${at(0.5)}, nine of ten within ${at(0.9)}, 99 of a hundred within ${at(0.99)}, all within ${most}.`;
}

/** One call in `oneIn` was slower: 1 is all, 10 the slowest tenth, 100 the slowest hundredth. */
type Point = [oneIn: number, ms: number];

const POINTS = 160;

/** Evenly spread over the logarithmic axis, ending with the slowest call. */
function pointsOf(sorted: Float64Array): Point[] {
  const count = sorted.length;
  const points: Point[] = [];
  let last = -1;
  for (let step = 0; step <= POINTS; step++) {
    const at = Math.min(count - 1, Math.floor(count * (1 - count ** (-step / POINTS))));
    if (at === last) continue;
    last = at;
    points.push([count / (count - at), sorted[at] ?? 0]);
  }
  return points;
}

const sayPercentile = (oneIn: number): string => `${Number((100 - 100 / oneIn).toFixed(4))}%`;

function draw(series: readonly Series[], width: number): Drawing {
  return {
    height: 240,
    titles: [],
    option: {
      textStyle: { fontFamily: "system-ui, sans-serif" },
      grid: { left: 58, right: 26, top: 26, bottom: 44 },
      xAxis: {
        type: "log",
        min: 1,
        name: width > 500 ? "share of calls that were as quick or quicker" : "share of calls",
        nameLocation: "middle",
        nameGap: 26,
        nameTextStyle: { color: INK.dim },
        axisLabel: { color: INK.dim, formatter: sayPercentile },
        axisLine: { lineStyle: { color: INK.line } },
        splitLine: { lineStyle: { color: INK.line } },
      },
      yAxis: {
        type: "value",
        min: 0,
        axisLabel: { color: INK.dim, formatter: formatMs },
        splitLine: { lineStyle: { color: INK.line } },
      },
      series: series.map(({ name, sorted }) => {
        const { color, width: thick, type } = DRAWN[name];
        return {
          type: "line",
          step: "start",
          showSymbol: false,
          data: pointsOf(sorted),
          lineStyle: { color, width: thick, type },
        };
      }),
    },
  };
}
