import { setMaxListeners } from "node:events";
import { LlmctlError } from "../errors.js";
import type { ProbeDocument } from "../output/documents/probe.js";
import { createProbeDocument, seenShape } from "../runs/document.js";
import { verdictInput } from "../runs/verdict-input.js";
import type { ProbeEvent } from "../verdict/events.js";
import { analyse } from "../verdict/index.js";
import { executePlan } from "./execute-plan.js";
import { FailureBudget } from "./failure-budget.js";
import type { PreparedRun } from "./prepare-run.js";
import type { RunReporter } from "./target-session.js";

/**
 * Runs a probe to its end, records every event as it happens, and judges the run. An abort of `run.signal` ends it
 * early, and the document says so. A run that fails (wrong key, no such model, no server) is recorded up to that point
 * and throws an LlmctlError.
 */
export async function runProbe(run: PreparedRun, reporter: RunReporter): Promise<ProbeDocument> {
  const { header, options, clock, origin, connections } = run;
  const record = await run.record(header);
  const [stop, ended] = [new AbortController(), new AbortController()];
  const signal = AbortSignal.any([run.signal, stop.signal]);
  // Every call in flight listens to it; hundreds of listeners are no memory leak.
  setMaxListeners(0, signal);
  const stopLate = () => stop.abort(`--max-time ${options.maxTimeMs / 1000} s was over`);
  // It rejects when the run has ended first.
  void clock.sleep(options.maxTimeMs, ended.signal).then(stopLate, () => {});
  const budget = options.bail === null ? undefined : new FailureBudget(options.bail, header.plan.ending);
  const events: ProbeEvent[] = [];
  const onEvent = (event: ProbeEvent) => {
    events.push(event);
    record.write(event);
    reporter.event(event);
    const reason = event.kind === "call" ? budget?.count(event) : undefined;
    if (reason !== undefined) stop.abort(reason);
  };
  const note = (text: string) => reporter.note(text);
  const failure = await executePlan({ ...run, signal }, { note, event: onEvent }).catch((error: unknown) => error);
  ended.abort();
  await connections?.close();
  reporter.end?.();
  const durationMs = clock.monotonic() - origin;
  const stopped = run.signal.aborted
    ? "interrupted"
    : stop.signal.aborted
      ? String(stop.signal.reason)
      : failure instanceof LlmctlError
        ? failure.message
        : failure === undefined
          ? null
          : "an unexpected error";
  const overhead = await run.measureOverhead(run.signal);
  const { proven, ...judged } = analyse(verdictInput(header, stopped), events);
  await record.close({
    kind: "end",
    endedAt: new Date(clock.wall()).toISOString(),
    durationMs: Math.round(durationMs),
    ...{ stopped, overhead, limit: judged.limit, verdict: judged.verdict, proven },
    shape: seenShape(events.filter((event) => event.kind === "slots")),
  });
  if (failure !== undefined) throw failure;
  const resent = connections?.resent ?? 0;
  if (resent > 0) reporter.note(`${sayTimes(resent)} on a kept connection that the server was just closing`);
  return createProbeDocument({ header, events, ...judged, durationMs, run: record.path, overhead });
}

const sayTimes = (resent: number): string =>
  resent === 1
    ? "1 call was sent a second time: it had gone out"
    : `${resent} calls were sent a second time: they had gone out`;
