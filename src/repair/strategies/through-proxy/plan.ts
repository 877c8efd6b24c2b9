import { createHash } from "node:crypto";
import { RISE_PROOF_TTL_MS } from "../../../diagnose/evidence/run-proofs.js";
import { usageError } from "../../../errors.js";
import { parallelKey } from "../../../litellm/key-name.js";
import { shortHash } from "../../../litellm/owner.js";
import { shapeOfRelease } from "../../../litellm/releases.js";
import type { CachedRun } from "../../../runs/cache.js";
import { formatDuration } from "../../../terminal/duration.js";

/**
 * One counter that the proxy is asked to delete, with the reasons for it. Its value cannot be seen, so nothing is
 * saved.
 */
export interface ProxyRepair {
  readonly id: string;
  /** The name to send: releases up to 1.90 take it as it is, later ones put their namespace before it. */
  readonly key: string;
  readonly who: string;
  readonly action: string;
  readonly evidence: readonly string[];
}

export interface ProxyCase {
  readonly baseUrl: string;
  /** As the proxy told it again and again: behind one address there may be pods of several releases. */
  readonly versions: readonly (string | null)[];
  /** Hash of the key. */
  readonly owner: string;
  readonly alias: string | null;
  /** The operator says that nothing runs on the key. */
  readonly idle: boolean;
  /** Recorded runs, newest first. */
  readonly runs: readonly CachedRun[];
  /** When the proxy last deleted this counter for us, ms since 1970; 0 for never. */
  readonly repairedMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * Plans a repair without Redis: only for releases that keep a number, for one named key, and on the operator's word or
 * a run that saw a
 * leak. From 1.94 on the same request would delete the slots of calls that are alive, so it is refused whatever else is
 * true.
 */
export function planThroughProxy(one: ProxyCase): ProxyRepair {
  for (const version of one.versions) requireNumber(version);
  const evidence = [...(one.idle ? ["idle: --idle says that nothing runs on the key"] : []), ...provenBy(one)];
  if (evidence.length === 0) {
    throw usageError({
      code: "no-evidence",
      message: "nothing proves that the counter was left behind, and without Redis it cannot be looked at",
      hint: "does nothing run on the key? then say so: --idle; else let a probe prove it: llmctl probe --key-file <file> --exclusive",
    });
  }
  const key = parallelKey(one.owner);
  return {
    id: `locked-${createHash("sha256").update(key).digest("hex").slice(0, 8)}`,
    key,
    who: one.alias ?? shortHash(one.owner),
    action: "let the proxy delete the counter; its value cannot be seen, so there is no backup",
    evidence,
  };
}

function requireNumber(version: string | null): void {
  const shape = version === null ? null : shapeOfRelease(version);
  if (shape === "windowed") return;
  if (version === null || shape === null) {
    throw usageError({
      code: "unknown-release",
      message:
        "the proxy does not tell its release, and from 1.94 on this repair would free slots of calls that are alive",
      hint: "give Redis instead: --redis-url redis://host:6379",
    });
  }
  throw shape === "slots"
    ? usageError({
        code: "slots",
        message: `LiteLLM ${version} keeps its slots in a set: through the proxy only all of them could be deleted, also those of calls that are alive`,
        hint: "give Redis instead (--redis-url), restart the workers, or wait: slots are forgotten after an hour without calls",
      })
    : usageError({
        code: "minute",
        message: `LiteLLM ${version} counts each minute anew: there is nothing to repair`,
        hint: "wait a minute",
      });
}

/** The newest run of this key on this proxy, where it ended with a leak and nothing has been repaired since. */
function provenBy({ baseUrl, owner, runs, repairedMs, nowMs }: ProxyCase): string[] {
  const newest = runs.find(
    ({ header, end }) => end && header.target.key === owner && header.target.baseUrl === baseUrl,
  );
  if (!newest?.end) return [];
  const { verdict, endedAt, limit } = newest.end;
  const endedMs = Date.parse(endedAt);
  const finding = verdict.status === "finding" ? verdict.findings.find(({ kind }) => kind === "leak") : undefined;
  // What has expired or was taken away since, others' calls may have taken the place of.
  if (!finding || limit.value === null || endedMs <= repairedMs || nowMs - endedMs > RISE_PROOF_TTL_MS) return [];
  return [`proven: run ${newest.header.id}, ${formatDuration(nowMs - endedMs)} ago: ${finding.proof}`];
}
