/** What happens to calls that has nothing to do with the limiter. Every so many-th call; 0: none. */
export interface Noise {
  /** Delays of messages go by this. */
  readonly seed: number;
  /** Every message on its way to the proxy or back takes up to so many milliseconds longer. */
  readonly netMs: number;
  /** So do a question to Redis and its answer. */
  readonly readMs: number;
  /** The provider fails. */
  readonly failEvery: number;
  /** The provider refuses. */
  readonly throttleEvery: number;
  /** A limit of requests a minute refuses. */
  readonly rateEvery: number;
  /** The router refuses for its deployment. */
  readonly deploymentEvery: number;
  /** The answer comes out of the cache. */
  readonly cacheEvery: number;
  /** The connection breaks before any answer. */
  readonly breakEvery: number;
}

export const QUIET: Noise = {
  seed: 0,
  netMs: 0,
  readMs: 0,
  failEvery: 0,
  throttleEvery: 0,
  rateEvery: 0,
  deploymentEvery: 0,
  cacheEvery: 0,
  breakEvery: 0,
};

const no = (source: string, text: string) => ({
  ending: "refused",
  status: 429,
  rejection: { source, limit: null, scope: null, limiter: null, message: text },
});

const hits = (every: number | undefined, n: number): boolean => every !== undefined && every > 0 && n % every === 0;

/** A limit of requests refuses before any slot is taken. */
export const rateRefusal = (noise: Noise | undefined, n: number): object | undefined =>
  hits(noise?.rateEvery, n) ? no("rate-limit", "Limit type: requests") : undefined;

/** How a call ends at once that has a slot already; undefined when the provider answers it. */
export function oddEnd(noise: Noise | undefined, n: number): object | undefined {
  if (!noise) return undefined;
  if (hits(noise.deploymentEvery, n)) return no("deployment-limit", "Deployment has all slots in use");
  if (hits(noise.throttleEvery, n)) return no("provider", "overloaded");
  if (hits(noise.failEvery, n)) return { ending: "failed", status: 500, error: "upstream error" };
  return hits(noise.cacheEvery, n) ? { cached: true } : undefined;
}

export const breaks = (noise: Noise | undefined, n: number): boolean => hits(noise?.breakEvery, n);

/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** At least 0, at most this. */
  upTo(most = 0): number {
    if (most === 0) return 0;
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * most;
  }
}
