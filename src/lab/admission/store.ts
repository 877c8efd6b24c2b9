import type { RedisClient } from "../../redis/connect.js";
import { loadScript, runScript } from "../../redis/scripts.js";
import type { Release } from "../release.js";
import type { Worker } from "../worker.js";
import type { Now } from "../worker-cache.js";
import type { LimitType } from "./index.js";

const script = (name: string) => loadScript(new URL("../", import.meta.url).href, name);
const SCRIPTS = {
  windowedAdmit: script("windowed-admit"),
  addKeepingExpiry: script("add-keeping-expiry"),
  reserveTokens: script("reserve-tokens"),
  slotsAdmit: script("slots-admit"),
  slotsRelease: script("slots-release"),
};

/** Settings of a store. */
export interface StoreOptions {
  readonly redis: RedisClient;
  readonly release: Release;
  readonly now: Now;
  /** Length of a window, in seconds. */
  readonly windowS: number;
  /** Lifetime of a slot, in seconds. */
  readonly slotTtlS: number;
  readonly namespace: string | undefined;
}

/** The lab's commands to Redis: the release's key names and scripts. */
export class Store {
  readonly options: StoreOptions;

  constructor(options: StoreOptions) {
    this.options = options;
  }

  /** The key of a script. Up to 1.90 scripts ignore the namespace. */
  named(owner: string, field: string, kind = "api_key"): string {
    const raw = `{${kind}:${owner}}:${field}`;
    return this.options.release.since(91) ? this.#spaced(raw) : raw;
  }

  /**
   * Runs a script. Undefined when Redis is unavailable or a key has another type: LiteLLM logs that and continues with
   * the worker cache, so it is no error of the lab.
   */
  async run(
    name: keyof typeof SCRIPTS,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown[] | undefined> {
    const reply = await runScript(this.options.redis, SCRIPTS[name], keys, args).catch(() => undefined);
    if (reply === undefined) return undefined;
    return Array.isArray(reply) ? reply : [reply];
  }

  /** Adds amounts in Redis; a counter with an expiry keeps it. */
  async add(worker: Worker, amounts: ReadonlyMap<string, number>): Promise<void> {
    if (amounts.size === 0) return;
    const { windowS } = this.options;
    const done = await this.run("addKeepingExpiry", [...amounts.keys()], [windowS, ...amounts.values()]);
    if (done) return;
    for (const [name, amount] of amounts) {
      worker.cache.add(name, amount, windowS);
      await this.#addAnew(name, amount);
    }
  }

  /**
   * The other way of writing: in the worker cache and in Redis, where the expiry starts again. It always uses the
   * namespace.
   */
  async lower(worker: Worker, owner: string, field: LimitType, amount: number): Promise<void> {
    if (amount === 0) return;
    const raw = `{api_key:${owner}}:${field}`;
    worker.cache.add(this.named(owner, field), amount, this.options.windowS);
    await this.#addAnew(this.#spaced(raw), amount);
  }

  async #addAnew(name: string, amount: number): Promise<void> {
    const pipeline = this.options.redis.pipeline().incrbyfloat(name, amount).expire(name, this.options.windowS);
    await pipeline.exec().catch(() => undefined);
  }

  #spaced(raw: string): string {
    const { namespace } = this.options;
    return namespace === undefined ? raw : `${namespace}:${raw}`;
  }
}
