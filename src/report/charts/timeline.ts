import type { EChartsOption, SeriesOption } from "echarts";
import type { Chart, Drawing } from "../../output/page.js";
import { formatMs } from "../../terminal/milliseconds.js";
import { plural } from "../../terminal/plural.js";
import { isAdmitted } from "../../verdict/calls.js";
import type { CallRecord, SlotReading } from "../../verdict/events.js";
import { largest } from "../../verdict/sorted-numbers.js";
import { countOutcomes, formatOutcomes, OUTCOMES, outcomeOf } from "../call-outcome.js";
import { changesOf } from "../changed-readings.js";
import { bars, describeCall } from "./bars.js";
import { timeScale } from "./breaks.js";
import { assignLanes, openOver } from "./lanes.js";
import { INK, LINES, timeAxis } from "./style.js";

/** What a timeline shows. */
export interface TimelineSource {
  /** Unique among the charts of the page. */
  readonly id: string;
  readonly title: string;
  readonly calls: readonly CallRecord[];
  /** Empty without Redis. */
  readonly readings: readonly SlotReading[];
  readonly limit: number | null;
}

/**
 * Every call as a bar, overlapping ones below each other. Under them: how many ran at once, and the slots that Redis
 * held.
 */
export function timeline(source: TimelineSource): Chart {
  const { id, title, calls, readings, limit } = source;
  return {
    kind: "chart",
    id,
    title,
    words: words(source),
    legend: [
      ...countOutcomes(calls).map(([mark]) => ({ mark, text: OUTCOMES[mark] })),
      { mark: "flight", text: "our calls in flight, refused ones left out" },
      ...(readings.length > 0 ? [{ mark: "slots" as const, text: "slots held in Redis" }] : []),
      ...(limit === null ? [] : [{ mark: "limit" as const, text: `the limit, ${limit}` }]),
    ],
    draw: (width) => draw(source, width),
  };
}

function words({ calls, readings, limit }: TimelineSource): string {
  const most = largest(
    openOver(flights(calls)).map(([, open]) => open),
    0,
  );
  const held = readings.map((one) => one.held ?? 0);
  const redis =
    readings.length === 0
      ? "Redis was not read."
      : `Redis held ${held[0]} slots at the first reading, ${held.at(-1)} at the last, and ${largest(held)} at most.`;
  const last = largest([...calls.map((call) => call.endedMs), ...readings.map((one) => one.atMs)], 0);
  const known = limit === null ? "the limit is not known" : `the limit is ${limit}`;
  return `${plural(calls.length, "call")} within ${formatMs(last)}: ${formatOutcomes(calls) || "none"}. At most ${most} that were not refused were in flight at once; ${known}. ${redis}`;
}

const spanOf = (call: CallRecord) => ({ fromMs: call.sentMs, toMs: call.endedMs });
const flights = (calls: readonly CallRecord[]) =>
  calls.filter((call) => isAdmitted(call) || outcomeOf(call) === "failed").map(spanOf);

const MARGINS = { left: 38, right: 26 };
const COUNTS_HEIGHT = 130;
/** Pixels: all lanes together at most, and one lane at most. */
const [TALLEST, THICKEST] = [420, 22];

/** With more calls than this the bars are too close to point at, and the page would double in size. */
const TOLD = 2000;

function draw({ calls, readings: all, limit }: TimelineSource, width: number): Drawing {
  const readings = changesOf(all);
  const lanes = assignLanes(calls.map(spanOf));
  const count = largest(
    lanes.map((lane) => lane + 1),
    1,
  );
  const lane = Math.min(THICKEST, TALLEST / count);
  const lanesHeight = Math.ceil(lane * count);
  const scale = timeScale([...calls.map(spanOf), ...readings.map(({ atMs }) => ({ fromMs: atMs, toMs: atMs }))]);
  const top = lanesHeight + 40;
  const option: EChartsOption = {
    textStyle: { fontFamily: "system-ui, sans-serif", color: INK.dim },
    grid: [
      { ...MARGINS, top: 8, height: lanesHeight, outerBoundsMode: "none" },
      { ...MARGINS, top, height: COUNTS_HEIGHT, outerBoundsMode: "none" },
    ],
    xAxis: [timeAxis(scale, 0, width, false), timeAxis(scale, 1, width, true)],
    yAxis: [
      { gridIndex: 0, type: "value", min: 0, max: count, inverse: true, show: false },
      {
        gridIndex: 1,
        type: "value",
        minInterval: 1,
        min: 0,
        max: ({ max }) => Math.max(max, limit ?? 0, 1) + 1,
        name: "at once",
        nameTextStyle: { align: "left", color: INK.dim },
        nameGap: 8,
        axisLabel: { color: INK.dim },
        splitLine: { lineStyle: { color: INK.line } },
      },
    ],
    series: [bars(calls, lanes), ...counts(calls, readings, limit)],
  };
  const held = readings.map((one) => `Redis held ${one.held ?? "?"} at ${formatMs(one.atMs)}`);
  return {
    height: top + COUNTS_HEIGHT + 34,
    option,
    titles: [calls.length > TOLD ? [] : calls.map(describeCall), [], held],
  };
}

function counts(calls: readonly CallRecord[], readings: readonly SlotReading[], limit: number | null): SeriesOption[] {
  const open = openOver(flights(calls));
  const end = readings.at(-1)?.atMs;
  const flight = [[0, 0] as [number, number], ...open, ...(end === undefined ? [] : [[end, 0] as [number, number]])];
  const mark = { silent: true, symbol: "none", label: { show: false }, lineStyle: LINES.limit };
  return [
    {
      type: "line",
      step: "end",
      xAxisIndex: 1,
      yAxisIndex: 1,
      silent: true,
      symbol: "none",
      data: flight,
      lineStyle: LINES.flight,
      areaStyle: { color: LINES.flight.color, opacity: 0.14 },
      ...(limit === null ? {} : { markLine: { ...mark, data: [{ yAxis: limit }] } }),
    },
    {
      type: "line",
      step: "end",
      xAxisIndex: 1,
      yAxisIndex: 1,
      symbol: "circle",
      showAllSymbol: true,
      symbolSize: readings.length > 60 ? 1 : 6,
      data: readings.map((one) => [one.atMs, one.held]),
      itemStyle: { color: LINES.slots.color },
      lineStyle: LINES.slots,
    },
  ];
}
