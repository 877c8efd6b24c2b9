import { parseCount } from "../../config/duration.js";
import { usageError } from "../../errors.js";
import type { RefreshOptions } from "../../repair/strategies/worker-caches/options.js";

/** The flags of `doctor --refresh-mirrors` as commander gives them. */
export interface RefreshFlags {
  refreshMirrors?: boolean;
  highestLimit?: string;
  model?: string;
}

interface Typed extends RefreshFlags {
  readonly fix?: boolean;
  readonly keyFile?: string;
  readonly workers?: string;
}

/** Reads the flags; what is missing or contradicts is exit 2. */
export function readRefreshOptions({ fix, keyFile, workers, highestLimit, model }: Typed): RefreshOptions {
  if (fix) {
    throw usageError({
      code: "contradiction",
      message: "--fix and --refresh-mirrors are two steps: Redis first, then the workers",
      hint: "first: llmctl doctor --fix; then the same line with --refresh-mirrors instead of --fix",
    });
  }
  if (keyFile === undefined) {
    throw usageError({
      code: "no-key",
      message: "--refresh-mirrors has to call with the key that is refused, and none was given",
      hint: "name a file with it: --key-file key.txt",
    });
  }
  if (workers === undefined) {
    throw usageError({
      code: "no-workers",
      message: "each worker process has a copy of its own, and nobody said how many there are",
      hint: "say it: --workers <n>, the worker processes of all pods together",
    });
  }
  return {
    workers: parseCount(workers, "--workers"),
    highest: highestLimit === undefined ? null : parseCount(highestLimit, "--highest-limit"),
    model,
    keyFile,
  };
}
