import type { CallResult } from "../../src/llm/call-result.js";
import type { ProbeDocument } from "../../src/output/documents/probe.js";
import type { ProbeOptions } from "../../src/probe/options.js";
import { type PreparedRun, prepareRun } from "../../src/probe/prepare-run.js";
import { runProbe } from "../../src/probe/run-probe.js";
import type { RunEnd } from "../../src/runs/schema.js";
import type { CallRecord, ProbeEvent } from "../../src/verdict/events.js";
import type { KnownLimit } from "../../src/verdict/limit.js";
import { FACTS } from "../support/events.js";
import type { VirtualClock } from "../support/virtual-clock.js";

export interface VirtualRun {
  readonly clock: VirtualClock;
  readonly options: ProbeOptions;
  /** A made-up server. */
  readonly call: () => Promise<CallResult>;
  /** A made-up Redis. */
  readonly slots?: Pick<NonNullable<PreparedRun["slots"]>, "read" | "locate"> | null;
  readonly known?: KnownLimit;
  readonly litellm?: boolean;
  readonly consent?: boolean;
  readonly signal?: AbortSignal;
  readonly checkFirst?: PreparedRun["checkFirst"];
  /** Told of the record's last line, also of a run that throws. */
  readonly onEnd?: (end: RunEnd) => void;
}

export interface Ran {
  readonly document: ProbeDocument;
  readonly events: readonly ProbeEvent[];
  readonly calls: readonly CallRecord[];
  readonly notes: readonly string[];
  /** What the run file would hold. */
  readonly recorded: readonly ProbeEvent[];
  readonly end: RunEnd;
}

const KEY = { secret: "sk-x", owner: "x", hash: "a".repeat(64), temporary: false };

/** `runProbe`, with a made-up server, Redis, clock and run file. */
export async function runInVirtualTime(made: VirtualRun): Promise<Ran> {
  const { clock, options, call, slots, known = FACTS.known, litellm = true, consent = true } = made;
  const target = { baseUrl: "http://made-up", version: null, litellm, models: null, listProblem: null, limit: known };
  const prepared = prepareRun({
    ...{
      clock,
      options,
      target,
      consent,
      id: "made-up",
      endpoint: "messages",
      model: "m",
      key: KEY,
      redis: null,
      dir: "",
    },
    ...{ signal: made.signal ?? new AbortController().signal, redisNamespace: null, redisNamed: false },
    redact: (text) => text,
  });
  const recorded: ProbeEvent[] = [];
  const ends: RunEnd[] = [];
  const run: PreparedRun = {
    ...prepared,
    slots: slots ? { namespace: null, sawOurCalls: true, ...slots } : null,
    startCall: (onEnd) => void call().then(onEnd),
    checkFirst: made.checkFirst ?? (() => {}),
    record: async () => ({
      path: "",
      write: (event) => void recorded.push(event),
      async close(end) {
        ends.push(end);
        made.onEnd?.(end);
      },
    }),
    measureOverhead: async () => null,
  };
  const events: ProbeEvent[] = [];
  const notes: string[] = [];
  const reporter = { note: (text: string) => notes.push(text), event: (event: ProbeEvent) => events.push(event) };
  const document = await clock.run(runProbe(run, reporter));
  const [end] = ends;
  if (!end) throw new Error("the run file was not closed");
  const calls = events.filter((event) => event.kind === "call");
  return { document, events, calls, notes, recorded, end };
}
