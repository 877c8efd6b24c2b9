import type { Clock } from "../config/clock.js";
import type { Context } from "../config/context.js";
import type { CallResult } from "../llm/call-result.js";
import { Connections } from "../llm/connection.js";
import { encodeRequest } from "../llm/encode-request.js";
import { type EndpointName, endpoints } from "../llm/endpoints/index.js";
import { HttpCall } from "../llm/http-call.js";
import type { RedisConnection } from "../redis/connect.js";
import { runsDir } from "../runs/reader.js";
import { type Overhead, RUN_SCHEMA, type RunHeader } from "../runs/schema.js";
import { SlotReader } from "../runs/slot-reader.js";
import { Recorder } from "../runs/writer.js";
import type { ExecutorInput } from "./execute-plan.js";
import { checkFirst } from "./first-call.js";
import type { KeyUnderTest } from "./key.js";
import type { ProbeOptions } from "./options.js";
import { measureOverhead } from "./overhead.js";
import { planFor } from "./plan.js";
import type { Target } from "./target.js";

/** The environment of a run. A library caller passes its own; `toSurroundings` creates that of a command. */
export interface RunSurroundings {
  readonly clock: Clock;
  /** Ends the run: `interrupted`. */
  readonly signal: AbortSignal;
  /** The folder for the run file. */
  readonly dir: string;
  /** The operator agreed to a very large number of calls. */
  readonly consent: boolean;
  /** The namespace of the limiter's keys; null for plain names. */
  readonly redisNamespace: string | null;
  /** Redis was configured. If `redis` is null nevertheless, it did not answer, and the run file says so. */
  readonly redisNamed: boolean;
  /** Removes secrets from a text that is written to a file: some servers repeat the key in their errors. */
  readonly redact: (text: string) => string;
}

/** Everything that one run needs: what to call, how, and with which key. */
export interface RunInput extends RunSurroundings {
  readonly id: string;
  readonly endpoint: EndpointName;
  readonly model: string;
  readonly options: ProbeOptions;
  readonly key: Pick<KeyUnderTest, "secret" | "owner" | "hash" | "temporary">;
  readonly target: Target;
  readonly redis: RedisConnection | null;
}

/** A run that is ready for `runProbe`. */
export interface PreparedRun extends ExecutorInput {
  readonly header: RunHeader;
  readonly slots: SlotSource | null;
  /** Connections that are reused between calls; undefined when each call opens its own. */
  readonly connections?: Pick<Connections, "resent" | "close"> | undefined;
  /** Opens the run file. */
  readonly record: (header: RunHeader) => Promise<Pick<Recorder, "path" | "write" | "close">>;
  /** Measures what the probe itself adds to a call; null when it could not be measured. */
  readonly measureOverhead: (signal: AbortSignal) => Promise<Overhead | null>;
}

type SlotSource = Pick<SlotReader, "read" | "locate" | "namespace" | "sawOurCalls">;

/** The environment of a run that a command starts. */
export const toSurroundings = ({ clock, signal, settings, terminal }: Context): RunSurroundings => ({
  clock,
  signal,
  dir: runsDir(settings.stateDir),
  consent: settings.yes,
  redisNamespace: settings.redisNamespace ?? null,
  redisNamed: settings.redis !== undefined,
  redact: (text) => terminal.secrets.text(text),
});

/** Prepares a run. Nothing is sent, read or written yet. */
export function prepareRun(input: RunInput): PreparedRun {
  const { clock, signal, options, target, model, key, redis, redisNamespace: namespace } = input;
  const origin = clock.monotonic();
  const { owner, secret } = key;
  const { version } = target;
  const watched = redis && owner !== null ? { redis, owner, secretOwner: owner === secret } : null;
  const slots = watched && new SlotReader({ ...watched, namespace, version, clock, origin });
  const endpoint = endpoints[input.endpoint];
  const { prompt, maxTokens, stream, leave: abortAfter, limits } = options;
  const body = endpoint.body({ model, prompt, maxTokens, stream });
  const request = encodeRequest({ baseUrl: target.baseUrl, endpoint, key: secret, body, abortAfter, limits });
  // Until an answer shows that the server is LiteLLM after all.
  let current = target.litellm ? request : { ...request, plain: true };
  const connections = options.keepAlive ? new Connections() : undefined;
  const first = { baseUrl: target.baseUrl, path: endpoint.path, model, withKey: secret !== null };
  return {
    ...{ options, slots, clock, origin, signal, connections },
    consent: input.consent,
    known: target.limit,
    header: headerOf(input, slots),
    startCall(onEnd, until, barrier) {
      const onResult = (result: CallResult) => {
        if (result.version !== null) current = request;
        onEnd(redacted(result, input.redact));
      };
      new HttpCall(current, { clock, origin, signal: until, barrier, connections }, onResult).start();
    },
    checkFirst: (call) => checkFirst(first, call),
    record: (header) => Recorder.open(input.dir, header),
    measureOverhead: (until) => measureOverhead(clock, until),
  };
}

function redacted(result: CallResult, redact: (text: string) => string): CallResult {
  const { error, rejection } = result;
  if (error === null && rejection === null) return result;
  return {
    ...result,
    error: error && redact(error),
    rejection: rejection && { ...rejection, message: redact(rejection.message) },
  };
}

function headerOf(input: RunInput, slots: SlotReader | null): RunHeader {
  const { id, model, options, key, target } = input;
  const { sequence, burst } = planFor(options, target.limit.value, slots !== null);
  const { rounds, stream, ending, maxTokens, maxLagMs, settleMs, shared, exclusive } = options;
  const { warmUp, load, windowMs, keepAlive, bail } = options;
  const { baseUrl, version, litellm } = target;
  return {
    kind: "run",
    schema: RUN_SCHEMA,
    id,
    startedAt: new Date(input.clock.wall()).toISOString(),
    target: { baseUrl, endpoint: endpoints[input.endpoint].path, model, version, litellm, key: key.hash },
    limit: target.limit,
    plan: {
      ...{ sequence, burst, rounds, stream, ending },
      ...{ warmUp, load, windowMs, keepAlive, bail },
      ...{ maxTokens, maxLagMs, settleMs, shared, exclusive, temporary: key.temporary },
    },
    ...(input.redisNamed && input.redis === null ? { redisAway: true } : {}),
    redis: slots && { address: slots.address, namespace: slots.namespace, key: slots.key },
  };
}
