import { type Context, requireBaseUrl } from "../config/context.js";
import { parseCount } from "../config/duration.js";
import { EXIT, type ExitCode, usageError } from "../errors.js";
import { configuredWindowMs } from "../litellm/window.js";
import { endpoints, findEndpoint } from "../llm/endpoints/index.js";
import { chooseModel } from "../llm/model.js";
import type { DocumentResult } from "../output/command-result.js";
import type { ProbeDocument } from "../output/documents/probe.js";
import type { RedisConnection } from "../redis/connect.js";
import { createProbeDocument } from "../runs/document.js";
import { runId } from "../runs/id.js";
import type { RunHeader } from "../runs/schema.js";
import { announce } from "./announce.js";
import { keyUnderTest } from "./key.js";
import { type ProbeFlags, parseProbeOptions } from "./options.js";
import { LIMIT_SEARCH_CALLS, needsConfirmation } from "./plan.js";
import { type PreparedRun, prepareRun, toSurroundings } from "./prepare-run.js";
import { ProgressLine } from "./progress-line.js";
import { runProbe } from "./run-probe.js";
import { discoverTarget, openRedis, type Target } from "./target.js";
import { brief, view } from "./view.js";

/** `llmctl probe [endpoint]`: sends calls with a key and judges the limiter that admits them. */
export async function probe(context: Context, word: string | undefined, flags: ProbeFlags): Promise<DocumentResult> {
  if (flags.matrix && word !== undefined) {
    throw usageError({
      code: "contradiction",
      message: `--matrix probes every endpoint, and ${word} is one`,
      hint: "pick cells by --only",
    });
  }
  if (flags.matrix) return (await import("./matrix/command.js")).matrix(context, flags);
  const asked = parseProbeOptions(flags, await configuredWindowMs(context.env, context.settings));
  const limit = flags.limit === undefined ? null : parseCount(flags.limit, "--limit");
  const name = findEndpoint(word ?? "chat");
  const baseUrl = requireBaseUrl(context.settings);
  const id = runId(context.clock);
  const key = await keyUnderTest(context, flags, id);
  let redis: RedisConnection | null = null;
  let prepared: PreparedRun | undefined;
  try {
    const target = await discoverTarget(context, baseUrl, key, limit);
    const model = chooseModel(endpoints[name], flags.model, target.models, target.listProblem);
    // Without LiteLLM nothing reports the limit to sequential calls; only a burst can show it.
    const blind = !target.litellm && target.limit.value === null && asked.calls === null;
    const options = blind ? { ...asked, burst: asked.burst ?? LIMIT_SEARCH_CALLS } : asked;
    redis = await openRedis(context);
    await key.look(redis, [context.settings.redisNamespace ?? null]);
    if (needsConfirmation(options, target.limit.value, redis !== null) && !context.settings.yes) throw tooLarge(target);
    prepared = prepareRun({ ...toSurroundings(context), id, endpoint: name, model, options, key, target, redis });
    announce(context.terminal, prepared.header, options, key);
    if (context.settings.dryRun) return dryRun(prepared.header);
    const document = await runProbe(prepared, new ProgressLine(context.terminal, target.limit.value));
    const exit = context.signal.aborted ? EXIT.interrupted : EXITS[document.verdict.status];
    return { kind: "document", document, page: view(document), exit, brief: brief(document) };
  } finally {
    await key.dispose(redis, prepared?.slots ?? null);
    await redis?.close();
  }
}

const tooLarge = ({ limit }: Target) =>
  usageError({
    code: "large-plan",
    message: `the limit is ${limit.value}, so without Redis it takes ${2 * ((limit.value ?? 0) + 1)} calls to see a leak`,
    hint: "give --redis-url, then three and a burst are enough; or say how many by -n; or --yes",
  });

/** The plan was announced; a dry run does nothing else. */
function dryRun(header: RunHeader): DocumentResult {
  const text = "nothing was sent (--dry-run)";
  const doubt = { id: "dry-run", text, explains: true };
  const verdict = { status: "inconclusive" as const, findings: [], doubts: [doubt] };
  const document = createProbeDocument({
    header: { ...header, redis: null },
    events: [],
    ...{ limit: header.limit, verdict, recovery: null, peak: [] },
    durationMs: 0,
    run: "",
    overhead: null,
  });
  return { kind: "document", document, page: view(document), exit: EXIT.done, brief: text };
}

const EXITS = {
  healthy: EXIT.done,
  finding: EXIT.finding,
  inconclusive: EXIT.inconclusive,
} satisfies Record<ProbeDocument["verdict"]["status"], ExitCode>;
