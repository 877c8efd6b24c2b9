import { type Context, requireApiKey, requireBaseUrl } from "../config/context.js";
import type { DoctorOptions } from "../diagnose/options.js";
import { numberRemembered } from "../diagnose/worker-caches/notes.js";
import { EXIT, type ExitCode, interruptedError, LlmctlError, usageError } from "../errors.js";
import { deleteFromCache, describeCoordination } from "../litellm/api/cache.js";
import { LitellmApi } from "../litellm/api/http.js";
import { findKey } from "../litellm/api/keys.js";
import { describeProxy } from "../litellm/api/proxy.js";
import { unpooledFetch } from "../litellm/api/unpooled-admin.js";
import { parallelKey } from "../litellm/key-name.js";
import { isHash, ownerOfSecret } from "../litellm/owner.js";
import { workerCacheTtlMs } from "../litellm/releases.js";
import { configuredWindowMs, formatWindow } from "../litellm/window.js";
import type { DocumentResult } from "../output/command-result.js";
import type { Repair } from "../output/documents/doctor.js";
import { lastDeletion, recordDeletion } from "../repair/strategies/through-proxy/journal.js";
import { type ProxyRepair, planThroughProxy } from "../repair/strategies/through-proxy/plan.js";
import { type Verified, verifyByCalls } from "../repair/strategies/through-proxy/verify.js";
import { RunCache } from "../runs/cache.js";
import { plain } from "../terminal/colour.js";
import { confirm } from "../terminal/prompt.js";
import { createDoctorDocument } from "./document.js";
import { type DoctorFlags, readOptions } from "./options.js";
import { summary, view } from "./view.js";

/** So often the release is asked for, each time on a new connection: behind one address there may be several. */
const ASKED = 5;

/** `llmctl doctor --fix --through-proxy`: the repair of those who have no access to Redis. */
export async function repairThroughProxy(context: Context, flags: DoctorFlags): Promise<DocumentResult> {
  const { settings, terminal, clock, signal } = context;
  const options = await readOptions(context, flags);
  refuse(context, options);
  const [baseUrl, apiKey] = [requireBaseUrl(settings), requireApiKey(settings)];
  const spread = unpooledFetch();
  try {
    const api = new LitellmApi({ baseUrl, apiKey, timeoutMs: settings.timeoutMs, signal, fetch: spread.fetch });
    const versions: (string | null)[] = [];
    for (let asked = 0; asked < ASKED; asked++) versions.push((await describeProxy(api)).version);
    await requireOneRedis(api);
    const { owner, alias } = await whichKey(api, options);
    const repair = planThroughProxy({
      ...{ baseUrl, versions, owner, alias, idle: options.idle },
      runs: options.runs ? await new RunCache(context.settings.stateDir, context.terminal).read() : [],
      repairedMs: await lastDeletion(settings.stateDir, baseUrl, parallelKey(owner)),
      nowMs: clock.wall(),
    });
    const windowMs = await configuredWindowMs(context.env, settings);
    showPlan(context, repair, windowMs, options.secret !== undefined);
    if (settings.dryRun) return outcomeOf(context, repair, windowMs, undefined);
    if (!settings.yes && !(await confirm(terminal, { message: "Make this repair?", flag: "--yes", signal }))) {
      throw interruptedError("nothing was changed");
    }
    const at = new Date(clock.wall()).toISOString();
    await recordDeletion(settings.stateDir, { at, baseUrl, key: repair.key, evidence: [...repair.evidence] });
    await deleteFromCache(api, [repair.key]);
    const { secret, model } = options;
    const verified =
      secret === undefined ? "unasked" : await verifyByCalls(context, { baseUrl, secret, model }, windowMs);
    return outcomeOf(context, repair, windowMs, verified);
  } finally {
    terminal.progress.clear();
    await spread.close();
  }
}

function refuse({ settings }: Context, { fix, reference, secret }: DoctorOptions): void {
  if (!fix) {
    throw usageError({
      code: "no-fix",
      message: "--through-proxy is a way to repair, not to look",
      hint: "give --fix --through-proxy; with --dry-run it only shows its plan",
    });
  }
  if (settings.redis !== undefined) {
    throw usageError({
      code: "contradiction",
      message: "with Redis a repair looks first, saves what it changes and can be undone",
      hint: "leave out --through-proxy, or name no Redis",
    });
  }
  if (reference === undefined && secret === undefined) {
    throw usageError({
      code: "no-key",
      message: "--through-proxy repairs one key, and none was named",
      hint: "give --key <hash or alias>, or --key-file <file>",
    });
  }
}

/** From 1.93 on counters may live in another Redis than the cache, and there `/cache/delete` does not reach. */
async function requireOneRedis(api: LitellmApi): Promise<void> {
  const coordination = await describeCoordination(api);
  if (coordination?.source !== "coordination_redis") return;
  throw usageError({
    code: "other-redis",
    message: "the limiter's counters are in coordination_redis, which the proxy's /cache/delete does not reach",
    hint: "give that Redis: --redis-url redis://host:6379",
  });
}

async function whichKey(api: LitellmApi, { secret, reference = "" }: DoctorOptions) {
  const owner = secret === undefined ? reference : ownerOfSecret(secret);
  if (secret !== undefined && !isHash(owner)) return { owner, alias: "the key in --key-file" };
  try {
    const { token, row } = await findKey(api, owner);
    return { owner: token, alias: row.key_alias ?? null };
  } catch (error) {
    // Without a database nobody knows aliases; a hash needs none.
    if (!(error instanceof LlmctlError) || error.code !== "no-database" || !isHash(owner)) throw error;
    return { owner, alias: null };
  }
}

function showPlan(
  { terminal }: Context,
  { id, who, action, evidence }: ProxyRepair,
  windowMs: number,
  verifies: boolean,
): void {
  terminal.note({ text: "plan: 1 repair through the proxy", tone: "strong" });
  terminal.note(`  ${id}  ${who}: ${action}`);
  for (const one of evidence) terminal.note({ text: `      ${one}`, tone: "dim" });
  terminal.warn(
    "  careful: it cannot be undone, and calls of the key that run now are forgotten: as many more may be let in",
  );
  terminal.note({ text: `  not in Redis: ${who}: ${numberRemembered(windowMs)}`, tone: "warn" });
  terminal.note(
    verifies
      ? `  it is verified by one call with the key, or two ${formatWindow(windowMs)} apart`
      : "  it will not be verified: with --key-file a call would tell whether the key is let in",
  );
}

const EXITS = {
  admitted: EXIT.done,
  refused: EXIT.unverified,
  unasked: EXIT.inconclusive,
} satisfies Record<Verified["end"] | "unasked", ExitCode>;

function outcomeOf(
  { clock }: Context,
  { id, key, who, action, evidence }: ProxyRepair,
  windowMs: number,
  verified: Verified | "unasked" | undefined,
): DocumentResult {
  const now = clock.wall();
  const row: Repair = {
    ...{ id, key, action },
    evidence: [...evidence],
    status: verified === undefined ? "planned" : "done",
    reason:
      verified === "unasked"
        ? "not verified: the proxy says success also for a key that is not there; --key-file lets a call tell"
        : (verified?.text ?? ""),
  };
  const until = new Date(now + workerCacheTtlMs("windowed", windowMs)).toISOString();
  // No backup: the value was never seen, so nothing could be saved.
  const document = createDoctorDocument(now, {
    repairs: [row],
    outOfReach:
      verified === undefined || (verified !== "unasked" && verified.end === "admitted")
        ? []
        : [{ key, who, text: numberRemembered(windowMs), until }],
  });
  const exit = verified === undefined ? EXIT.finding : verified === "unasked" ? EXITS.unasked : EXITS[verified.end];
  return { kind: "document", document, page: view(document), exit, brief: plain(summary(document)) };
}
