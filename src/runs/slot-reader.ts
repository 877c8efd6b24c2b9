import type { Clock } from "../config/clock.js";
import { type Reading, readKey } from "../litellm/counters/read.js";
import { parallelKey, parseKeyName } from "../litellm/key-name.js";
import { NAMESPACED_SINCE } from "../litellm/namespace-rules.js";
import { compareVersions } from "../litellm/releases.js";
import { shapeOf } from "../litellm/shapes/index.js";
import type { RedisConnection } from "../redis/connect.js";
import { literal, scanKeys } from "../redis/scan.js";
import type { SlotReading } from "../verdict/events.js";

/** What a slot reader needs. */
export interface SlotSource {
  readonly redis: RedisConnection;
  /** LiteLLM's name of the key under test. */
  readonly owner: string;
  /** The owner is the key itself (a custom-auth key without `sk-`), so its name must not be written to files. */
  readonly secretOwner: boolean;
  readonly namespace: string | null;
  readonly version: string | null;
  readonly clock: Clock;
  /** Monotonic time in milliseconds that counts as 0. */
  readonly origin: number;
}

/** Reads the limiter's key of one owner. Read-only. */
export class SlotReader {
  readonly address: string;
  readonly #source: SlotSource;
  #namespace: string | null;
  /** Found after our first call, under a name that was not read before it. */
  #located = false;
  /** Whether the counter can only have come with our calls; undefined before the first reading. */
  #ownOnly: boolean | undefined;
  #seen = false;

  constructor(source: SlotSource) {
    this.#source = source;
    this.address = source.redis.address;
    this.#namespace = admittingNamespace(source);
  }

  /** The namespace in which the limiter counts; null for plain names. */
  get namespace(): string | null {
    return this.#namespace;
  }

  /** Whether our calls were seen under this name and nothing existed there before them. */
  get sawOurCalls(): boolean {
    return this.#ownOnly === true && this.#seen;
  }

  get #name(): string {
    return parallelKey(this.#source.owner, this.#namespace);
  }

  /** The limiter's key; null when its name would reveal the key under test. */
  get key(): string | null {
    return this.#source.secretOwner ? null : this.#name;
  }

  async read(moment: SlotReading["moment"]): Promise<SlotReading> {
    const { clock, origin, redis } = this.#source;
    const fromMs = clock.monotonic() - origin;
    const stem = this.#name.replace(/max_parallel_requests$/, "");
    const [reading, requests, tokens] = await Promise.all([
      readKey(redis.client, this.#name),
      redis.client.get(`${stem}requests`),
      redis.client.get(`${stem}tokens`),
    ]);
    const taken: SlotReading = {
      kind: "slots",
      fromMs,
      atMs: clock.monotonic() - origin,
      moment,
      key: this.key,
      timeMs: reading.timeMs,
      type: reading.type,
      ttlMs: reading.ttlMs,
      held: heldIn(reading),
      value: reading.value,
      members: [...reading.members],
      requests: numberOf(requests),
      tokens: numberOf(tokens),
    };
    this.#note(taken);
    return taken;
  }

  #note({ moment, type, held, requests, tokens }: SlotReading): void {
    const nothing = type === "none" && requests === null && tokens === null;
    // A name found later is first read when one call of ours has been counted.
    const ourFirst = this.#located && (held ?? 0) <= 1 && (requests ?? 0) <= 1;
    if (moment === "before") this.#ownOnly = nothing || ourFirst;
    if (!nothing) this.#seen = true;
  }

  /**
   * Searches for this owner's keys under another namespace, when none of our calls was seen under the expected name.
   */
  async locate(): Promise<string | null> {
    const { redis, owner } = this.#source;
    for await (const names of scanKeys(redis, `*{api_key:${literal(owner)}}:*`)) {
      for (const name of names) {
        const parsed = parseKeyName(name);
        if (parsed?.owner.id !== owner || parsed.owner.kind !== "api_key") continue;
        if (parsed.namespace === null || parsed.namespace === this.#namespace) continue;
        this.#namespace = parsed.namespace;
        this.#located = true;
        return parsed.namespace;
      }
    }
    return null;
  }
}

/** Up to 1.90 calls are counted under the plain name even when a namespace is set. */
function admittingNamespace({ namespace, version }: SlotSource): string | null {
  return version !== null && compareVersions(version, NAMESPACED_SINCE) < 0 ? null : namespace;
}

function heldIn(reading: Reading): number | null {
  if (reading.type === "none") return 0;
  const name = parseKeyName(reading.key);
  return (name && shapeOf(name, reading)?.held(reading)) ?? null;
}

const numberOf = (text: string | null): number | null => {
  const value = text === null ? Number.NaN : Number(text);
  return Number.isNaN(value) ? null : value;
};
