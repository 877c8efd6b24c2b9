import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { distrustOfFolder, readTrusted } from "../../config/trusted-file.js";
import { usageError } from "../../errors.js";
import type { Selection } from "../../litellm/counters/select.js";
import { parallelKey, parseKeyName } from "../../litellm/key-name.js";
import { ownerOfSecret } from "../../litellm/owner.js";
import { matchesGlob } from "../../redis/scan.js";
import { findRun, unreadableRun } from "../../runs/find.js";
import type { RecordedRun } from "../../runs/reader.js";
import { rejudge } from "../../runs/rejudge.js";
import { formatDuration } from "../../terminal/duration.js";
import type { Counter } from "../counter.js";
import { sameAddress } from "../facts/same-address.js";
import { howToInclude } from "../others.js";
import { RISE_PROOF_TTL_MS } from "./run-proofs.js";

/** The recorded run that `--from-run` names, with its proof. */
export interface ProvingRun extends Pick<RecordedRun, "header"> {
  readonly end: NonNullable<RecordedRun["end"]>;
  /** The Redis key that the proof is about. */
  readonly key: string;
}

export interface RunSelector {
  /** The run's id or how it begins, the path of its file, or `last`. */
  readonly word: string;
  readonly stateDir: string;
  /** Address of the Redis that is looked at; undefined when none was named. */
  readonly address: string | undefined;
  /** From --key-file. */
  readonly secret: string | undefined;
}

/** Finds the run, or exit 2 that says why nothing can be repaired by it. */
export async function runToRepair({ word, stateDir, address, secret }: RunSelector): Promise<ProvingRun> {
  const found = await findRun(word, stateDir, (path) => readProof(path, stateDir));
  const { header } = found;
  const run = `run ${header.id}`;
  const { end } = rejudge(found);
  if (end === null) {
    throw usageError({
      code: "run-proves-nothing",
      message: `${run} did not come to its end, so it proves nothing`,
      hint: "let a probe run to its end: llmctl probe --help",
    });
  }
  if (header.redis === null) {
    throw usageError({
      code: "run-proves-nothing",
      message: `${run} was made without Redis, so it proves nothing of what stands there`,
      hint: "probe again with --redis-url, or REDIS_URL set",
    });
  }
  if (end.proven === null) {
    throw usageError({
      code: "run-proves-nothing",
      message: `${run} proves nothing to be left behind (its verdict: ${end.verdict.status})`,
      hint: `see why: llmctl report ${header.id}`,
    });
  }
  if (address !== undefined && !sameAddress(header.redis.address, address)) {
    throw usageError({
      code: "run-elsewhere",
      message: `${run} looked at the Redis ${header.redis.address}, and this one is ${address}`,
      hint: "name the Redis of the run by --redis-url, or another run",
    });
  }
  return { header, end: { ...end, proven: end.proven }, key: keyOf(header, end.proven.key, secret) };
}

/** What others could have written proves nothing: exit 2. A file elsewhere must be safe with its own folder. */
async function readProof(path: string, stateDir: string): Promise<string> {
  const folder = await distrustOfFolder(dirname(path), stateDir);
  const file = await readTrusted(path);
  const distrust = folder ?? (file.kind === "distrusted" ? file.distrust : undefined);
  if (distrust)
    throw usageError({
      code: "distrusted-run",
      message: `not used as proof: ${path}: ${distrust.why}`,
      hint: distrust.fix,
    });
  if (file.kind === "read") return file.text;
  throw unreadableRun(path, "ENOENT");
}

function keyOf(header: RecordedRun["header"], proven: string | null, secret: string | undefined): string {
  const named = proven ?? header.redis?.key;
  if (named) return named;
  if (secret !== undefined && createHash("sha256").update(secret).digest("hex") === header.target.key) {
    return parallelKey(ownerOfSecret(secret), header.redis?.namespace ?? null);
  }
  throw usageError({
    code: "run-key-unknown",
    message: `run ${header.id} does not name its key in Redis, for that name holds the secret itself`,
    hint: "give the key that was probed: --key-file <file>",
  });
}

/** Exit 2 when --key or --key-file names another key than the run's. */
export function checkSelected({ header, key }: ProvingRun, selection: Selection): void {
  const name = parseKeyName(key);
  const meant = selection.globs?.some((glob) => matchesGlob(key, glob)) ?? true;
  if (name && meant && selection.includes(name)) return;
  throw usageError({
    code: "run-of-another-key",
    message: `run ${header.id} is about another key than the one that was named`,
    hint: "leave out --key and --key-file, or name another run",
  });
}

/** Why nothing of what a run proved is to be repaired now. */
export function explainNothingToRepair(
  { header, end, key }: ProvingRun,
  counters: readonly Counter[],
  others: readonly Counter[],
): string {
  const run = `run ${header.id}`;
  const other = others.find(({ name }) => name.name === key);
  if (other) return `nothing to repair: the counter of ${run} is not yours: ${other.notOurs}; ${howToInclude([other])}`;
  const counter = counters.find(({ name }) => name.name === key);
  if (!counter) return `nothing to repair: what ${run} proved is gone from Redis, the whole key with it`;
  const { rise, untilMs } = end.proven ?? { rise: null, untilMs: 0 };
  if (rise === null) return `nothing to repair: no slot that ${run} proved is there any more`;
  if (counter.proven?.rise === null) return `nothing to repair: what ${run} proved was repaired since`;
  const age = counter.reading.timeMs - untilMs;
  if (age > RISE_PROOF_TTL_MS) {
    return `nothing to repair: ${run} ended ${formatDuration(age)} ago, and what it saw of a number proves something for ${formatDuration(RISE_PROOF_TTL_MS)} only; probe again`;
  }
  return `nothing to repair: the counter is no longer as ${run} left it (${rise.value}${rise.ttlMs === -1 ? ", no expiry" : ""})`;
}
