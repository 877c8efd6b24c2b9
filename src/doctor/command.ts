import type { Context } from "../config/context.js";
import { requireRedis } from "../config/context.js";
import { EXIT, type ExitCode, usageError } from "../errors.js";
import { connectRedis, type RedisConnection } from "../redis/connect.js";
import type { CheckResult, DoctorDocument, Repair } from "../report/documents/doctor.js";
import type { Outcome } from "../report/view.js";
import { plain } from "../terminal/colour.js";
import { many } from "../terminal/many.js";
import { doctorArticles } from "./article.js";
import { canaryOf } from "./canary.js";
import { listChecks } from "./checks/list.js";
import { type Choice, chooseOnly, cutPlan } from "./choice.js";
import { type Examination, examine } from "./examination.js";
import { type Fact, learn, notAsked } from "./fact.js";
import { sayNothingLeft } from "./from-run.js";
import { hiddenOf } from "./hidden.js";
import { type DoctorLock, takeLock } from "./lock.js";
import { askLongCalls, supposedLocks } from "./long-calls.js";
import { outOfReach } from "./mirrors.js";
import { fixLines, shortLines, type TypedFlags, undoLine } from "./next.js";
import { readOptions } from "./options.js";
import { paceOf } from "./pace.js";
import { showPlan } from "./plan-view.js";
import { askProxy } from "./proxy-facts.js";
import { refuseWithoutWatch } from "./reconcile/options.js";
import type { PlannedRepair } from "./repair/plan.js";
import { runChecks } from "./run.js";
import { consent, leftRow, plannedRow, type Treatment, treat } from "./treatment.js";
import { summary, view } from "./view.js";

export { undo } from "./undo-command.js";

/** `llmctl doctor [--fix]`: looks at a proxy and its Redis, and with --fix takes away what is proved to be left behind. */
export async function doctor(context: Context, flags: TypedFlags): Promise<Outcome> {
  const { settings, terminal } = context;
  if (flags.list) return listChecks(flags);
  if (flags.refreshMirrors) return (await import("./refresh/command.js")).refreshMirrors(context, flags);
  if (flags.throughProxy) return (await import("./repair/through-proxy-command.js")).repairThroughProxy(context, flags);
  const options = await readOptions(context, flags);
  const choice = chooseOnly(options.only, options.skip, { config: settings.litellmConfig !== undefined });
  if (flags.watch) {
    const { watchDoctor } = await import("./reconcile/watch-command.js");
    return watchDoctor(context, options, choice, flags);
  }
  refuseWithoutWatch(flags);
  if (options.fix) requireRedis(settings);
  if (settings.redis === undefined && settings.baseUrl === undefined && settings.litellmConfig === undefined) {
    throw usageError(
      "nothing-named",
      "neither a proxy nor a Redis was named",
      "give --base-url http://host:4000 and --redis-url redis://host:6379",
    );
  }
  const redis = await connect(context);
  if (options.fix && !redis.known) throw redis.error;
  const acts = options.fix && !settings.dryRun && (settings.yes || terminal.interactive);
  let lock: DoctorLock | undefined;
  try {
    if (acts && redis.known) lock = await takeLock(redis.value);
    const told = await askProxy(context, options.fix && !settings.dryRun);
    const sources = { context, options, told, redis, canary: canaryOf(context, options) };
    let before = await examine(sources);
    const supposed = acts && terminal.interactive && !settings.yes && !options.fromRun ? supposedLocks(before) : null;
    const open = supposed && { ...supposed, repairs: supposed.repairs.filter((repair) => choice.includes(repair)) };
    if (open && open.repairs.length > 0 && redis.known) before = await askLongCalls(context, redis.value, before, open);
    const chosen = before.plan.filter((repair) => choice.includes(repair));
    const { now: planned, later } = cutPlan(chosen, options.maxRepairs);
    if (options.fromRun && chosen.length === 0 && before.patients.known) {
      terminal.note(sayNothingLeft(options.fromRun, before.patients.value, before.others));
    }
    if (before.others.length > 0 && !choice.checks.has("namespace")) {
      terminal.note(`${many(before.others.length, "counter")} not yours and left alone; see: --only namespace`);
    }
    const show = () => showPlan(terminal, planned, reachOf(planned, before, context), later.length);
    if (!options.fix || settings.dryRun || planned.length === 0 || !redis.known) {
      if (settings.dryRun && planned.length > 0) show();
      return await report(context, before, choice, { planned, later, flags });
    }
    show();
    await consent(context, planned.length);
    const pace = paceOf(options.pace, context.clock);
    const treatment = await treat(context, redis.value, lock as DoctorLock, planned, pace);
    const repaired = new Set(treatment.repairs.flatMap(({ key, status }) => (status === "done" ? [key] : [])));
    const patients = before.patients.known ? before.patients.value : [];
    const watched = new Map(
      patients.flatMap(({ name, watched }) =>
        watched && !repaired.has(name.name) ? [[name.name, watched] as const] : [],
      ),
    );
    const after = await examine({ ...sources, watched });
    const reach = reachOf(
      planned.filter(({ act }) => repaired.has(act.key)),
      before,
      context,
    );
    return await report(context, after, choice, { planned: [], later, flags, treatment, reach });
  } finally {
    await lock?.release();
    if (redis.known) await redis.value.close();
  }
}

async function connect({ settings }: Context): Promise<Fact<RedisConnection>> {
  if (settings.redis === undefined) {
    return notAsked("no Redis was named", "give --redis-url redis://host:6379, or set REDIS_URL or REDIS_HOST");
  }
  return learn(connectRedis(settings.redis, { timeoutMs: settings.timeoutMs }));
}

function reachOf(planned: readonly PlannedRepair[], { circumstances }: Examination, { clock }: Context) {
  const when = { wallMs: clock.wall(), windowMs: circumstances.windowMs };
  return planned.map((repair) => outOfReach(repair, when)).filter((one) => one !== undefined);
}

interface Results {
  readonly planned: readonly PlannedRepair[];
  /** Beyond --max-repairs. */
  readonly later: readonly PlannedRepair[];
  readonly flags: TypedFlags;
  readonly treatment?: Treatment;
  readonly reach?: DoctorDocument["outOfReach"];
}

async function report(context: Context, examination: Examination, choice: Choice, results: Results): Promise<Outcome> {
  const { clock, settings } = context;
  const { planned, later, flags, treatment, reach } = results;
  const checks = await runChecks(examination, choice.checks);
  const left = examination.plan.filter((repair) => choice.includes(repair));
  const ids = new Set(left.map(({ id }) => id));
  const stillLeft = later.filter(({ id }) => ids.has(id));
  const next = treatment
    ? [
        undoLine(treatment.backupId, flags),
        ...(left.length > 0 ? fixLines(examination, left, flags) : shortLines(examination, flags)),
      ]
    : fixLines(examination, planned, flags);
  const document: DoctorDocument = {
    schema: "llmctl.doctor/1",
    at: new Date(clock.wall()).toISOString(),
    checks,
    repairs: [...(treatment ? treatment.repairs : planned.map(plannedRow)), ...stillLeft.map(leftRow)],
    backup: treatment?.backup ?? null,
    outOfReach: [...(reach ?? reachOf(planned, examination, context))],
    next,
  };
  const exit = treatment ? exitAfter(treatment, checks, left) : exitBefore(checks, planned, settings.dryRun);
  const outcome = { document, view: view(document), exit, brief: treatment?.backupId ?? plain(summary(document)) };
  return { ...outcome, articles: doctorArticles(outcome, hiddenOf(settings, examination)) };
}

const fails = (checks: readonly CheckResult[]): boolean => checks.some(({ status }) => status === "fail");

const exitBefore = (checks: readonly CheckResult[], planned: readonly PlannedRepair[], dryRun: boolean): ExitCode =>
  fails(checks) || (dryRun && planned.length > 0) ? EXIT.finding : EXIT.done;

function exitAfter(
  { repairs, unverified }: Treatment,
  checks: readonly CheckResult[],
  left: readonly PlannedRepair[],
): ExitCode {
  const is = (status: Repair["status"]) => repairs.some((repair) => repair.status === status);
  if (unverified.length > 0 || is("failed")) return EXIT.unverified;
  return is("refused") || fails(checks) || left.length > 0 ? EXIT.finding : EXIT.done;
}
