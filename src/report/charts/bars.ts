import type { CustomSeriesOption } from "echarts";
import { formatMs } from "../../terminal/milliseconds.js";
import type { CallRecord } from "../../verdict/events.js";
import { type CallOutcome, OUTCOMES, outcomeOf } from "../call-outcome.js";

/** Pixels: the shortest call stays visible and can be pointed at. */
const NARROWEST = 3;

interface Form {
  readonly fill: boolean;
  readonly opacity: number;
  readonly dash: number[] | null;
}

/** Full, hollow, dashed: the form carries the same meaning as the colour. */
const FORMS: Record<CallOutcome, Form> = {
  answered: { fill: true, opacity: 1, dash: null },
  refused: { fill: false, opacity: 0, dash: null },
  elsewhere: { fill: false, opacity: 0, dash: [3, 2] },
  left: { fill: true, opacity: 0.35, dash: null },
  failed: { fill: true, opacity: 1, dash: [2, 2] },
};

/** Each call from sent to ended, in its lane. */
export const bars = (calls: readonly CallRecord[], lanes: readonly number[]): CustomSeriesOption => ({
  type: "custom",
  xAxisIndex: 0,
  yAxisIndex: 0,
  clip: false,
  encode: { x: [0, 1], y: 2 },
  data: calls.map((call, index) => [call.sentMs, call.endedMs, lanes[index] ?? 0]),
  renderItem: ({ dataIndex }, api) => {
    const lane = Number(api.value(2));
    const [left = 0, top = 0] = api.coord([api.value(0), lane]);
    const [right = 0, bottom = 0] = api.coord([api.value(1), lane + 1]);
    const gap = Math.min(3, (bottom - top) * 0.2);
    const call = calls[dataIndex];
    const outcome = call ? outcomeOf(call) : "failed";
    const { fill, opacity, dash } = FORMS[outcome];
    const colour = `var(--${outcome})`;
    const height = Math.max(1, bottom - top - 2 * gap);
    return {
      type: "rect",
      shape: { x: left, y: top + gap, width: Math.max(NARROWEST, right - left), height, r: height > 8 ? 2 : 0 },
      style: {
        fill: fill ? colour : "var(--bg)",
        fillOpacity: fill ? opacity : 1,
        stroke: colour,
        lineWidth: height > 5 ? 1.5 : 0.5,
        ...(dash ? { lineDash: dash } : {}),
      },
    };
  },
});

/** Formats the tooltip of a bar. */
export function describeCall(call: CallRecord): string {
  const status = call.status === null ? "" : ` (${call.status})`;
  return `call ${call.n}, ${call.phase}: ${OUTCOMES[outcomeOf(call)]}${status}, sent at ${formatMs(call.sentMs)}, took ${formatMs(call.endedMs - call.sentMs)}`;
}
