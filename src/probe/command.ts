import { randomBytes } from "node:crypto";
import { type Context, requireBaseUrl } from "../config/context.js";
import { parseCount } from "../config/duration.js";
import { EXIT, type ExitCode, usageError } from "../errors.js";
import type { RedisConnection } from "../redis/connect.js";
import type { ProbeDocument } from "../report/documents/probe.js";
import type { Outcome } from "../report/view.js";
import { announce } from "./announce.js";
import { makeCall } from "./call.js";
import { conduct } from "./conduct.js";
import { documentOf } from "./document.js";
import { type EndpointName, endpoints, findEndpoint } from "./endpoints/index.js";
import { checkFirst } from "./first-call.js";
import { type KeyUnderTest, keyUnderTest } from "./key.js";
import { chooseModel } from "./model.js";
import { isLarge, type ProbeFlags, planFor, readWish, sayEnding, type Wish } from "./plan.js";
import { RUN_SCHEMA, type RunHeader } from "./record.js";
import { SlotReader } from "./slots.js";
import { openRedis, survey, type Target } from "./target.js";
import { brief, view } from "./view.js";

/** `llmctl probe [endpoint]`: sends calls with a key and judges the limiter that lets them through. */
export async function probe(context: Context, word: string, flags: ProbeFlags): Promise<Outcome> {
  const wish = readWish(flags);
  const limit = flags.limit === undefined ? null : parseCount(flags.limit, "--limit");
  const name = findEndpoint(word);
  const baseUrl = requireBaseUrl(context.settings);
  const id = runId(context);
  const key = await keyUnderTest(context, flags, id);
  let redis: RedisConnection | null = null;
  let slots: SlotReader | null = null;
  try {
    const target = await survey(context, baseUrl, key, limit);
    const model = chooseModel(endpoints[name], flags.model, target.models);
    redis = await openRedis(context);
    const origin = context.clock.monotonic();
    slots = redis && slotReader(context, redis, key, target, origin);
    if (isLarge(wish, target.limit.value, redis !== null) && !context.settings.yes) throw tooLarge(target);
    const header = headerOf({ id, context, name, model, wish, key, target, slots });
    announce(context.terminal, header, wish, key);
    if (context.settings.dryRun) return dryRun(header);
    const told = await conduct(context, header, {
      wish,
      slots,
      origin,
      known: target.limit,
      clock: context.clock,
      call: (signal, gate) =>
        makeCall(orderOf(baseUrl, name, model, wish, key), { clock: context.clock, origin, signal, gate }),
      checkFirst: (call) => checkFirst(baseUrl, endpoints[name].path, model, call),
    });
    const document = documentOf(told);
    const exit = context.signal.aborted ? EXIT.interrupted : exitOf(document);
    return { document, view: view(document), exit, brief: brief(document) };
  } finally {
    await key.dispose(redis, [context.settings.redisNamespace ?? null, slots?.namespace ?? null]);
    await redis?.close();
  }
}

const runId = ({ clock }: Context): string => {
  const time = new Date(clock.wall()).toISOString().slice(0, 19).replace(/[-:]/g, "");
  return `${time}-${randomBytes(3).toString("hex")}`;
};

const slotReader = (
  { clock, settings }: Context,
  redis: RedisConnection,
  { owner, secret }: KeyUnderTest,
  { version }: Target,
  origin: number,
): SlotReader =>
  new SlotReader({
    redis,
    owner,
    secretOwner: owner === secret,
    namespace: settings.redisNamespace ?? null,
    version,
    clock,
    origin,
  });

const tooLarge = ({ limit }: Target) =>
  usageError(
    "large-plan",
    `the limit is ${limit.value}, so without Redis it takes ${2 * ((limit.value ?? 0) + 1)} calls to see a leak`,
    "give --redis-url, then three and a burst are enough; or say how many by -n; or --yes",
  );

const orderOf = (baseUrl: string, name: EndpointName, model: string, wish: Wish, key: KeyUnderTest) => {
  const { prompt, maxTokens, stream, leave, limits } = wish;
  const body = endpoints[name].body({ model, prompt, maxTokens, stream });
  return { baseUrl, endpoint: endpoints[name], key: key.secret, body, leave, limits };
};

interface HeaderParts {
  id: string;
  context: Context;
  name: EndpointName;
  model: string;
  wish: Wish;
  key: KeyUnderTest;
  target: Target;
  slots: SlotReader | null;
}

function headerOf({ id, context, name, model, wish, key, target, slots }: HeaderParts): RunHeader {
  const { sequence, burst } = planFor(wish, target.limit.value, slots !== null);
  const { rounds, stream, maxTokens, maxLagMs, settleMs, shared, exclusive } = wish;
  return {
    kind: "run",
    schema: RUN_SCHEMA,
    id,
    startedAt: new Date(context.clock.wall()).toISOString(),
    target: { baseUrl: target.baseUrl, endpoint: endpoints[name].path, model, version: target.version, key: key.hash },
    limit: target.limit,
    plan: {
      ...{ sequence, burst, rounds, stream, ending: sayEnding(wish.leave) },
      ...{ maxTokens, maxLagMs, settleMs, shared, exclusive, temporary: key.temporary },
    },
    redis: slots && { address: slots.address, namespace: slots.namespace, key: slots.key },
  };
}

/** The plan was announced, and nothing else is done. */
function dryRun(header: RunHeader): Outcome {
  const text = "nothing was sent (--dry-run)";
  const doubt = { id: "dry-run", text, explains: true };
  const verdict = { status: "inconclusive" as const, findings: [], doubts: [doubt] };
  const document = documentOf({ header, events: [], limit: header.limit, verdict, durationMs: 0, run: "" });
  return { document, view: view(document), exit: EXIT.done, brief: text };
}

const EXITS = {
  healthy: EXIT.done,
  finding: EXIT.finding,
  inconclusive: EXIT.inconclusive,
} satisfies Record<ProbeDocument["verdict"]["status"], ExitCode>;

const exitOf = ({ verdict }: ProbeDocument): ExitCode => EXITS[verdict.status];
