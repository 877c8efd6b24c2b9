import fc from "fast-check";
import { expect, it } from "vitest";
import { callLine } from "../../src/runs/serialize-call.js";
import { type CallRecord, callRecord } from "../../src/verdict/events.js";

const orNull = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null });
const whole = fc.integer({ min: 0, max: 1_000_000_000 });
/** To the microsecond, as calls are timed, and any other number that JSON has. */
const time = fc.oneof(
  whole,
  whole.map((us) => us / 1000),
  fc.constantFrom(0.001, 0.01, 0.1, 9.999, 10.01, 1e21, 1e-9, 4_294_967.296),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => one + 0),
);
const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom('"', "\\", "\n", "\u2028", "\ud800"));
const { phase, ending, rejection } = callRecord.shape;
const refusal = fc.record({
  source: fc.constantFrom(...rejection.unwrap().shape.source.options),
  limit: orNull(whole),
  scope: orNull(text),
  limiter: fc.constantFrom("v3" as const, "minute" as const, null),
  message: text,
});
const any: fc.Arbitrary<CallRecord> = fc.record({
  ...{ kind: fc.constant("call" as const), n: whole, round: whole, phase: fc.constantFrom(...phase.options) },
  ...{ lookMs: time, dueMs: orNull(time), sentMs: time, headersMs: orNull(time), firstByteMs: orNull(time) },
  ...{ firstTokenMs: orNull(time), lastTokenMs: orNull(time), longestGapMs: orNull(time), lastByteMs: orNull(time) },
  ...{ endedMs: time, ending: fc.constantFrom(...ending.options), status: orNull(whole), events: whole },
  ...{ rejection: orNull(refusal), error: orNull(text), cached: fc.boolean(), version: orNull(text) },
  ...{ limitHeader: orNull(time) },
});

it("is one line of JSON with all that a call has, to the last digit", () => {
  fc.assert(
    fc.property(any, (call) => {
      const line = callLine(call);
      expect(line.indexOf("\n")).toBe(line.length - 1);
      // As JSON has it, which knows no −0.
      expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(call)));
      expect(Object.keys(JSON.parse(line)).sort()).toEqual(Object.keys(callRecord.shape).sort());
    }),
    { numRuns: 2000 },
  );
});
