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
    throw usageError(
      "contradiction",
      "--fix and --refresh-mirrors are two steps: Redis first, then the workers",
      "first: llmctl doctor --fix; then the same line with --refresh-mirrors instead of --fix",
    );
  }
  if (keyFile === undefined) {
    throw usageError(
      "no-key",
      "--refresh-mirrors has to call with the key that is refused, and none was given",
      "name a file with it: --key-file key.txt",
    );
  }
  if (workers === undefined) {
    throw usageError(
      "no-workers",
      "each worker process has a copy of its own, and nobody said how many there are",
      "say it: --workers <n>, the worker processes of all pods together",
    );
  }
  return {
    workers: parseCount(workers, "--workers"),
    highest: highestLimit === undefined ? null : parseCount(highestLimit, "--highest-limit"),
    model,
    keyFile,
  };
}
