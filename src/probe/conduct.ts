import { setMaxListeners } from "node:events";
import type { Context } from "../config/context.js";
import { LlmctlError } from "../errors.js";
import type { ProbeEvent } from "../verdict/history.js";
import { judge, proofOf } from "../verdict/index.js";
import { limitInForce } from "../verdict/limit.js";
import type { Case } from "../verdict/story.js";
import { seenShape, type Told } from "./document.js";
import { Meter } from "./meter.js";
import { Recorder, type RunHeader, runsDir } from "./record.js";
import { type Probing, run } from "./run.js";

export interface Conducted extends Told {
  /** Why the run ended early; null when it did not. */
  readonly stopped: string | null;
}

/** Runs a probe to its end, recording every event as it comes, and judges what was seen. A run that fails is recorded as far as it came. */
export async function conduct(
  context: Context,
  header: RunHeader,
  say: (line: string) => void,
  probing: Omit<Probing, "signal">,
): Promise<Conducted> {
  const { clock, settings, terminal } = context;
  const { wish, origin } = probing;
  const recorder = await Recorder.open(runsDir(settings.stateDir), header);
  const deadline = AbortSignal.timeout(wish.maxTimeMs);
  const signal = AbortSignal.any([context.signal, deadline]);
  // Every call in flight listens to it, and hundreds are no leak.
  setMaxListeners(0, signal);
  const meter = new Meter(terminal, header.limit.value);
  const events: ProbeEvent[] = [];
  const failure = await (async () => {
    for await (const event of run({ ...probing, signal })) {
      if (event.kind === "note") {
        say(event.text);
        continue;
      }
      events.push(event);
      recorder.write(event);
      meter.show(event);
    }
  })().catch((error: unknown) => error);
  terminal.progress.clear();
  const stopped = context.signal.aborted
    ? "interrupted"
    : deadline.aborted
      ? `--max-time ${wish.maxTimeMs / 1000} s was over`
      : failure instanceof LlmctlError
        ? failure.message
        : failure === undefined
          ? null
          : "an unexpected error";
  const facts = caseOf(header, stopped);
  const calls = events.filter((event) => event.kind === "call");
  const limit = limitInForce(header.limit, calls);
  const verdict = judge(facts, events);
  const durationMs = clock.monotonic() - origin;
  await recorder.close({
    kind: "end",
    endedAt: new Date(clock.wall()).toISOString(),
    durationMs: Math.round(durationMs),
    stopped,
    limit,
    shape: seenShape(events.filter((event) => event.kind === "slots")),
    verdict,
    proven: proofOf(facts, events),
  });
  if (failure !== undefined) throw failure;
  return { header, events, limit, verdict, durationMs, run: recorder.path, stopped };
}

/** What a judge must know of a run; the header of a recorded run tells it as well as a live one. */
export function caseOf({ target, plan, limit }: RunHeader, stopped: string | null): Case {
  return {
    ...(target.litellm === undefined ? {} : { litellm: target.litellm }),
    endpoint: target.endpoint,
    ending: plan.ending,
    known: limit,
    maxLagMs: plan.maxLagMs,
    settleMs: plan.settleMs,
    maxTokens: plan.maxTokens,
    shared: plan.shared,
    exclusive: plan.exclusive,
    bursts: plan.burst > 0 || limit.value === null,
    stopped,
  };
}
