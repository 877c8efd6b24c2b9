import { usageError } from "../../errors.js";
import { literal, matchesGlob } from "../../redis/scan.js";
import type { KeyDirectory } from "../key-directory.js";
import type { KeyName } from "../key-name.js";
import { isHash, ownerOfSecret } from "../owner.js";
import type { NamedKeys } from "../ownership.js";

/** Which keys are selected: globs for SCAN, and a test of the results. */
export interface Selection {
  /** Undefined: the limiter's own globs. */
  readonly globs: readonly string[] | undefined;
  readonly includes: (name: KeyName) => boolean;
  /** Keys that were named individually, not by a glob. */
  readonly named: NamedKeys;
}

const NOTHING_NAMED: NamedKeys = { redisKey: null, owners: [] };
const EVERYTHING: Selection = { globs: undefined, includes: () => true, named: NOTHING_NAMED };

/**
 * Parses a selection: a hash, an alias, a Redis key, or a glob. An exact alias has priority, so that one with `*` and
 * `[` finds only itself. Exit 2 when nothing fits.
 */
export function select(
  reference: string | undefined,
  secret: string | undefined,
  keyDirectory: KeyDirectory,
): Selection {
  if (secret !== undefined) return byOwner(ownerOfSecret(secret));
  if (reference === undefined) return EVERYTHING;
  if (reference.startsWith("sk-")) {
    throw usageError({
      code: "secret-as-argument",
      message: "a key was given as an argument, where others can read it",
      hint: "name its hash or alias, or put the key into a file: --key-file key.txt",
    });
  }
  if (isHash(reference)) return byOwner(reference);
  const owners = [...keyDirectory].filter(([, row]) => row.key_alias === reference).map(([token]) => token);
  if (owners.length > 0) {
    const named = { redisKey: null, owners };
    return { globs: owners.flatMap(globsOf), includes: ({ owner }) => owners.includes(owner.id), named };
  }
  if (/[*?[\]]/.test(reference)) return byGlob(reference, keyDirectory);
  if (/[{:]/.test(reference)) return { globs: [literal(reference)], includes: () => true, named: wholly(reference) };
  if (keyDirectory.size > 0) {
    throw usageError({
      code: "unknown-key",
      message: `the proxy has no key with the alias "${reference}"`,
      hint: "see what there is: llmctl keys list",
    });
  }
  return byOwner(reference);
}

/** A glob matches names of Redis keys and aliases, because it may mean either. */
function byGlob(glob: string, keyDirectory: KeyDirectory): Selection {
  const owners = [...keyDirectory].filter(([, row]) => matchesGlob(row.key_alias ?? "", glob)).map(([token]) => token);
  // A Redis key may contain these characters in its own name.
  return { globs: [glob, ...owners.flatMap(globsOf)], includes: () => true, named: wholly(glob) };
}

const wholly = (redisKey: string): NamedKeys => ({ redisKey, owners: [] });

const byOwner = (id: string): Selection => ({
  globs: globsOf(id),
  includes: ({ owner }) => owner.id === id,
  named: { redisKey: null, owners: [id] },
});

const globsOf = (id: string): string[] => [`*{api_key:${literal(id)}}:*`, `*${literal(id)}::*request_count`];
