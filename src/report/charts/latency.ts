import type { Chart, Drawing } from "../../output/page.js";
import { right, type TableBlock, table } from "../../output/page.js";
import { formatMs } from "../../terminal/milliseconds.js";
import type { CallRecord } from "../../verdict/events.js";
import { largest, smallest } from "../../verdict/sorted-numbers.js";
import { type CallOutcome, countOutcomes, OUTCOMES, outcomeOf } from "../call-outcome.js";
import { INK } from "./style.js";

/** Calls that took from `fromMs` up to, and without, `toMs`. */
interface Bin {
  readonly fromMs: number;
  readonly toMs: number;
  readonly counts: Record<CallOutcome, number>;
}

/** Round steps, each about a quarter larger than the one before. */
const STEPS = [1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.4, 8];

/**
 * Groups calls by duration, from sent to ended, in steps of a quarter, so that one slow call does not hide the
 * differences of the fast ones.
 */
export function createBins(calls: readonly CallRecord[]): Bin[] {
  const times = calls.map((call) => Math.max(0.01, call.endedMs - call.sentMs));
  const [least, most] = [smallest(times), largest(times)];
  if (calls.length === 0) return [];
  const edges: number[] = [];
  for (let power = Math.floor(Math.log10(least)); edges.length === 0 || (edges.at(-1) ?? 0) <= most; power++) {
    edges.push(...STEPS.map((step) => Number((step * 10 ** power).toPrecision(3))));
  }
  const first = edges.findLastIndex((edge) => edge <= least);
  const last = edges.findIndex((edge) => edge > most);
  return edges.slice(first, last).map((fromMs, index) => {
    const toMs = edges[first + index + 1] ?? Number.POSITIVE_INFINITY;
    const inside = calls.filter((_, at) => (times[at] ?? 0) >= fromMs && (times[at] ?? 0) < toMs);
    return {
      fromMs,
      toMs,
      counts: Object.fromEntries(
        names.map((name) => [name, inside.filter((call) => outcomeOf(call) === name).length]),
      ) as Bin["counts"],
    };
  });
}

const names = Object.keys(OUTCOMES) as CallOutcome[];

/** A histogram of durations by outcome. */
export function latencyChart(id: string, title: string, calls: readonly CallRecord[]): Chart {
  const kinds = countOutcomes(calls);
  return {
    kind: "chart",
    id,
    title,
    words: kinds
      .map(([name]) =>
        say(
          OUTCOMES[name],
          calls.filter((call) => outcomeOf(call) === name),
        ),
      )
      .join(" "),
    legend: kinds.map(([mark]) => ({ mark, text: OUTCOMES[mark] })),
    draw: (width) =>
      draw(
        calls,
        kinds.map(([name]) => name),
        width,
      ),
  };
}

function say(name: string, calls: readonly CallRecord[]): string {
  const times = calls.map((call) => call.endedMs - call.sentMs).sort((a, b) => a - b);
  const middle = times[Math.floor((times.length - 1) / 2)] ?? 0;
  return `${calls.length} ${name}: ${formatMs(times[0] ?? 0)} to ${formatMs(times.at(-1) ?? 0)}, half of them within ${formatMs(middle)}.`;
}

/** The chart's numbers as a table. */
export function latencyTable(calls: readonly CallRecord[]): TableBlock {
  const kinds = countOutcomes(calls).map(([name]) => name);
  return table(
    ["took", ...kinds.map((name) => right(OUTCOMES[name]))],
    createBins(calls)
      .filter(({ counts }) => kinds.some((name) => counts[name] > 0))
      .map(({ fromMs, toMs, counts }) => [
        `${formatMs(fromMs)} to ${formatMs(toMs)}`,
        ...kinds.map((name) => `${counts[name]}`),
      ]),
    { title: "The chart as a table", show: "folded" },
  );
}

function draw(calls: readonly CallRecord[], kinds: readonly CallOutcome[], width: number): Drawing {
  const bins = createBins(calls);
  const hollow = (name: CallOutcome) => name === "refused" || name === "elsewhere";
  return {
    height: 220,
    titles: kinds.map((name) =>
      bins.map(
        ({ fromMs, toMs, counts }) => `${counts[name]} ${OUTCOMES[name]} in ${formatMs(fromMs)} to ${formatMs(toMs)}`,
      ),
    ),
    option: {
      textStyle: { fontFamily: "system-ui, sans-serif" },
      grid: { left: 42, right: 26, top: 26, bottom: 44 },
      xAxis: {
        type: "category",
        data: bins.map(({ fromMs }) => formatMs(fromMs)),
        name: "took at least",
        nameLocation: "middle",
        nameGap: 26,
        nameTextStyle: { color: INK.dim },
        axisLabel: { color: INK.dim, interval: Math.max(0, Math.ceil((bins.length * 56) / width) - 1) },
        axisLine: { lineStyle: { color: INK.line } },
        axisTick: { show: false },
      },
      yAxis: {
        type: "value",
        minInterval: 1,
        name: "calls",
        nameGap: 8,
        nameTextStyle: { align: "left", color: INK.dim },
        axisLabel: { color: INK.dim },
        splitLine: { lineStyle: { color: INK.line } },
      },
      series: kinds.map((name) => ({
        type: "bar",
        stack: "calls",
        barCategoryGap: "12%",
        barMaxWidth: 60,
        // A bar of height 0 would still draw its border.
        data: bins.map(({ counts }) => counts[name] || null),
        itemStyle: {
          color: hollow(name) ? "var(--bg)" : `var(--${name})`,
          borderColor: `var(--${name})`,
          borderWidth: hollow(name) ? 2 : 0,
          borderType: name === "elsewhere" ? "dashed" : "solid",
          opacity: name === "left" ? 0.5 : 1,
        },
      })),
    },
  };
}
