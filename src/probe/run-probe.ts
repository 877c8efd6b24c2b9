import { setMaxListeners } from "node:events";
import type { Context } from "../config/context.js";
import { LlmctlError } from "../errors.js";
import type { ProbeEvent } from "../verdict/history.js";
import { judge, proofOf } from "../verdict/index.js";
import { limitInForce } from "../verdict/limit.js";
import { type FinishedRun, seenShape } from "./document.js";
import { type ExecutorInput, executePlan, type RunEvent } from "./execute-plan.js";
import { FailureBudget } from "./failure-budget.js";
import { measureOverhead } from "./overhead.js";
import { ProgressLine } from "./progress-line.js";
import { type RunHeader, runsDir } from "./record.js";
import { Recorder } from "./recorder.js";
import { verdictInput } from "./verdict-input.js";

/** Where a run says what it does. */
export interface RunReporter {
  readonly say: (line: string) => void;
  /** Which of several runs it is, for the line that shows how it is going. */
  readonly about?: string;
}

/** Runs a probe to its end, recording every event as it comes, and judges what was seen. A run that fails is recorded as far as it came. */
export async function runProbe(
  context: Context,
  header: RunHeader,
  { say, about }: RunReporter,
  probing: Omit<ExecutorInput, "signal">,
): Promise<FinishedRun> {
  const { clock, settings, terminal } = context;
  const { wish, origin } = probing;
  const recorder = await Recorder.open(runsDir(settings.stateDir), header);
  const deadline = AbortSignal.timeout(wish.maxTimeMs);
  const given = new AbortController();
  const signal = AbortSignal.any([context.signal, deadline, given.signal]);
  // Every call in flight listens to it, and hundreds are no leak.
  setMaxListeners(0, signal);
  const bail = wish.bail === null ? undefined : new FailureBudget(wish.bail, header.plan.ending);
  const meter = new ProgressLine(terminal, header.limit.value, about);
  const events: ProbeEvent[] = [];
  const onEvent = (event: RunEvent) => {
    if (event.kind === "note") return say(event.text);
    events.push(event);
    recorder.write(event);
    meter.show(event);
    const reason = event.kind === "call" ? bail?.count(event) : undefined;
    if (reason !== undefined && !given.signal.aborted) given.abort(reason);
  };
  const failure = await executePlan({ ...probing, signal }, onEvent).catch((error: unknown) => error);
  meter.stop();
  const durationMs = clock.monotonic() - origin;
  const stopped = context.signal.aborted
    ? "interrupted"
    : deadline.aborted
      ? `--max-time ${wish.maxTimeMs / 1000} s was over`
      : given.signal.aborted
        ? String(given.signal.reason)
        : failure instanceof LlmctlError
          ? failure.message
          : failure === undefined
            ? null
            : "an unexpected error";
  const overhead = await measureOverhead(clock, context.signal);
  const facts = verdictInput(header, stopped);
  const calls = events.filter((event) => event.kind === "call");
  const limit = limitInForce(header.limit, calls);
  const verdict = judge(facts, events);
  await recorder.close({
    kind: "end",
    endedAt: new Date(clock.wall()).toISOString(),
    durationMs: Math.round(durationMs),
    stopped,
    overhead,
    limit,
    shape: seenShape(events.filter((event) => event.kind === "slots")),
    verdict,
    proven: proofOf(facts, events),
  });
  if (failure !== undefined) throw failure;
  return { header, events, limit, verdict, durationMs, run: recorder.path, stopped, overhead };
}
