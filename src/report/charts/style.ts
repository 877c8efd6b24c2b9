import type { XAXisComponentOption } from "echarts";
import { formatMs } from "../../terminal/milliseconds.js";
import type { TimeScale } from "./breaks.js";

/** Colours by the page's CSS variables, so that one drawing serves light and dark. */
export const INK = { dim: "var(--dim)", line: "var(--line)", panel: "var(--panel)" } as const;

/** Colours and styles of lines. */
export const LINES = {
  flight: { color: "var(--flight)", width: 1.5 },
  slots: { color: "var(--slots)", width: 2.5 },
  limit: { color: "var(--limit)", width: 1.5, type: "dashed" },
} as const;

/** Labels of both ends of a break would overlap; the label where time continues is enough. */
const label = (ms: number, _index: number, extra?: { break?: { type: "start" | "end" } } | null): string =>
  extra?.break?.type === "start" ? "" : formatMs(ms);

/** All breaks together take at most this share of an axis, in per cent. */
const BREAKS = 24;

/** A time axis with breaks for idle intervals. */
export function timeAxis(
  { minMs, maxMs, breaks }: TimeScale,
  gridIndex: number,
  width: number,
  labels: boolean,
): XAXisComponentOption {
  const gap = `${Math.min(3, BREAKS / Math.max(1, breaks.length))}%`;
  return {
    gridIndex,
    type: "value",
    min: minMs,
    max: maxMs,
    splitNumber: Math.max(2, Math.round(width / 140)),
    breakLabelLayout: { moveOverlap: false },
    breaks: breaks.map(({ fromMs, toMs }) => ({ start: fromMs, end: toMs, gap })),
    breakArea: {
      zigzagAmplitude: 3,
      zigzagMinSpan: 6,
      zigzagMaxSpan: 12,
      itemStyle: { color: INK.panel, borderColor: INK.line, opacity: 0.9 },
    },
    axisLabel: {
      show: labels,
      color: INK.dim,
      hideOverlap: true,
      formatter: label,
    },
    axisLine: { lineStyle: { color: INK.line } },
    axisTick: { show: labels, lineStyle: { color: INK.line } },
    splitLine: { lineStyle: { color: INK.line } },
  };
}
