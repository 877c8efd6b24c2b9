import { type Context, requireBaseUrl } from "../config/context.js";
import { parseCount } from "../config/duration.js";
import { EXIT, type ExitCode, usageError } from "../errors.js";
import { configuredWindowMs } from "../litellm/window.js";
import type { RedisConnection } from "../redis/connect.js";
import type { ProbeDocument } from "../report/documents/probe.js";
import type { Outcome } from "../report/view.js";
import { announce } from "./announce.js";
import { documentOf } from "./document.js";
import { endpoints, findEndpoint } from "./endpoints/index.js";
import { keyUnderTest } from "./key.js";
import { chooseModel } from "./model.js";
import { isLarge, SEARCH } from "./plan.js";
import type { RunHeader } from "./record.js";
import { runId } from "./run-id.js";
import { openRedis, survey, type Target } from "./target.js";
import { type Prepared, prepare } from "./trial.js";
import { brief, view } from "./view.js";
import { type ProbeFlags, readWish } from "./wish.js";

/** `llmctl probe [endpoint]`: sends calls with a key and judges the limiter that lets them through. */
export async function probe(context: Context, word: string | undefined, flags: ProbeFlags): Promise<Outcome> {
  if (flags.matrix && word !== undefined) {
    throw usageError("contradiction", `--matrix probes every endpoint, and ${word} is one`, "pick cells by --only");
  }
  if (flags.matrix) return (await import("./matrix/command.js")).matrix(context, flags);
  const asked = readWish(flags, await configuredWindowMs(context.env, context.settings));
  const limit = flags.limit === undefined ? null : parseCount(flags.limit, "--limit");
  const name = findEndpoint(word ?? "chat");
  const baseUrl = requireBaseUrl(context.settings);
  const id = runId(context.clock);
  const key = await keyUnderTest(context, flags, id);
  let redis: RedisConnection | null = null;
  let prepared: Prepared | undefined;
  try {
    const target = await survey(context, baseUrl, key, limit);
    const model = chooseModel(endpoints[name], flags.model, target.models, target.listProblem);
    // Nobody but LiteLLM tells a limit to calls one after another; a burst may show it.
    const blind = !target.litellm && target.limit.value === null && asked.calls === null;
    const wish = blind ? { ...asked, burst: asked.burst ?? SEARCH } : asked;
    redis = await openRedis(context);
    if (isLarge(wish, target.limit.value, redis !== null) && !context.settings.yes) throw tooLarge(target);
    prepared = prepare(context, { id, name, model, wish, key, target, redis });
    announce(context.terminal, prepared.header, wish, key);
    if (context.settings.dryRun) return dryRun(prepared.header);
    const document = documentOf(await prepared.run());
    const exit = context.signal.aborted ? EXIT.interrupted : EXITS[document.verdict.status];
    return { document, view: view(document), exit, brief: brief(document) };
  } finally {
    await key.dispose(redis, [context.settings.redisNamespace ?? null, prepared?.slots?.namespace ?? null]);
    await redis?.close();
  }
}

const tooLarge = ({ limit }: Target) =>
  usageError(
    "large-plan",
    `the limit is ${limit.value}, so without Redis it takes ${2 * ((limit.value ?? 0) + 1)} calls to see a leak`,
    "give --redis-url, then three and a burst are enough; or say how many by -n; or --yes",
  );

/** The plan was announced, and nothing else is done. */
function dryRun(header: RunHeader): Outcome {
  const text = "nothing was sent (--dry-run)";
  const doubt = { id: "dry-run", text, explains: true };
  const verdict = { status: "inconclusive" as const, findings: [], doubts: [doubt] };
  const document = documentOf({
    header: { ...header, redis: null },
    events: [],
    limit: header.limit,
    verdict,
    durationMs: 0,
    run: "",
    stopped: text,
    overhead: null,
  });
  return { document, view: view(document), exit: EXIT.done, brief: text };
}

const EXITS = {
  healthy: EXIT.done,
  finding: EXIT.finding,
  inconclusive: EXIT.inconclusive,
} satisfies Record<ProbeDocument["verdict"]["status"], ExitCode>;
