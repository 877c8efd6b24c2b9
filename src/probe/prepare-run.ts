import type { Context } from "../config/context.js";
import { type CallRequest, startCall } from "../llm/call.js";
import { Connections } from "../llm/connection.js";
import { type EndpointName, endpoints } from "../llm/endpoints/index.js";
import type { RedisConnection } from "../redis/connect.js";
import type { CallRecord } from "../verdict/history.js";
import type { FinishedRun } from "./document.js";
import { checkFirst } from "./first-call.js";
import type { KeyUnderTest } from "./key.js";
import { planFor } from "./plan.js";
import { RUN_SCHEMA, type RunHeader } from "./record.js";
import { type RunReporter, runProbe } from "./run-probe.js";
import { SlotReader } from "./slots.js";
import type { Target } from "./target.js";
import type { Wish } from "./wish.js";

/** Everything that one run needs: whom to call, how, and with which key. */
export interface RunInput {
  readonly id: string;
  readonly name: EndpointName;
  readonly model: string;
  readonly wish: Wish;
  readonly key: KeyUnderTest;
  readonly target: Target;
  readonly redis: RedisConnection | null;
}

/** One run that is ready to begin. */
export interface PreparedRun {
  readonly header: RunHeader;
  readonly slots: SlotReader | null;
  /** `voice`: where its notes go; to the terminal when left out. */
  run(voice?: RunReporter): Promise<FinishedRun>;
}

export function prepareRun(context: Context, trial: RunInput): PreparedRun {
  const { clock } = context;
  const { wish, target, name, model, key } = trial;
  const origin = clock.monotonic();
  const slots = trial.redis && key.owner !== null ? slotReader(context, trial, trial.redis, key.owner, origin) : null;
  const header = headerOf(context, trial, slots);
  const { prompt, maxTokens, stream, leave, limits } = wish;
  const endpoint = endpoints[name];
  const body = endpoint.body({ model, prompt, maxTokens, stream });
  const first = { baseUrl: target.baseUrl, path: endpoint.path, model };
  const order: CallRequest = { baseUrl: target.baseUrl, endpoint, key: key.secret, body, leave, limits };
  // Until an answer says that it is LiteLLM after all.
  let current: CallRequest = target.litellm ? order : { ...order, plain: true };
  const connections = wish.keepAlive ? new Connections() : undefined;
  return {
    header,
    slots,
    run: async (voice = { say: (line) => context.terminal.note(line) }) => {
      try {
        const told = await runProbe(context, header, voice, {
          wish,
          slots,
          origin,
          known: target.limit,
          consent: context.settings.yes,
          clock,
          start: (seat, onEnd, signal, gate) =>
            startCall(current, { clock, origin, signal, gate, connections }, seat, (call) => {
              if (call.version !== null) current = order;
              onEnd(withoutSecrets(call, context));
            }),
          checkFirst: (call) => checkFirst({ ...first, withKey: key.secret !== null }, call),
        });
        const resent = connections?.resent ?? 0;
        if (resent > 0) voice.say(`${sayTimes(resent)} on a kept connection that the server was just closing`);
        return told;
      } finally {
        await connections?.close();
      }
    },
  };
}

const sayTimes = (resent: number): string =>
  resent === 1
    ? "1 call was sent a second time: it had gone out"
    : `${resent} calls were sent a second time: they had gone out`;

/** Some servers repeat the key in their errors, and what a call was told is written down. */
function withoutSecrets(call: CallRecord, { terminal }: Context): CallRecord {
  const { error, rejection } = call;
  if (error === null && rejection === null) return call;
  const clean = (text: string) => terminal.secrets.text(text);
  return {
    ...call,
    error: error && clean(error),
    rejection: rejection && { ...rejection, message: clean(rejection.message) },
  };
}

function slotReader(
  { clock, settings }: Context,
  { key, target }: RunInput,
  redis: RedisConnection,
  owner: string,
  origin: number,
) {
  const namespace = settings.redisNamespace ?? null;
  return new SlotReader({
    redis,
    owner,
    secretOwner: owner === key.secret,
    namespace,
    version: target.version,
    clock,
    origin,
  });
}

function headerOf(
  context: Context,
  { id, name, model, wish, key, target, redis }: RunInput,
  slots: SlotReader | null,
): RunHeader {
  const { sequence, burst } = planFor(wish, target.limit.value, slots !== null);
  const { rounds, stream, ending, maxTokens, maxLagMs, settleMs, shared, exclusive } = wish;
  const { warmUp, load, windowMs, keepAlive, bail } = wish;
  return {
    kind: "run",
    schema: RUN_SCHEMA,
    id,
    startedAt: new Date(context.clock.wall()).toISOString(),
    target: {
      baseUrl: target.baseUrl,
      endpoint: endpoints[name].path,
      model,
      version: target.version,
      litellm: target.litellm,
      key: key.hash,
    },
    limit: target.limit,
    plan: {
      ...{ sequence, burst, rounds, stream, ending },
      ...{ warmUp, load, windowMs, keepAlive, bail },
      ...{ maxTokens, maxLagMs, settleMs, shared, exclusive, temporary: key.temporary },
    },
    ...(context.settings.redis !== undefined && redis === null ? { redisAway: true } : {}),
    redis: slots && { address: slots.address, namespace: slots.namespace, key: slots.key },
  };
}
