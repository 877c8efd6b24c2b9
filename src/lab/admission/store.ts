import type { Redis } from "ioredis";
import { loadScript, runScript } from "../../redis/scripts.js";
import type { Now } from "../mirror.js";
import type { Release } from "../release.js";
import type { LimitType } from "./index.js";

const script = (name: string) => loadScript(new URL("../", import.meta.url).href, name);
const SCRIPTS = {
  windowedAdmit: script("windowed-admit"),
  addKeepingExpiry: script("add-keeping-expiry"),
  reserveTokens: script("reserve-tokens"),
  slotsAdmit: script("slots-admit"),
  slotsRelease: script("slots-release"),
};

export interface StoreOptions {
  readonly redis: Redis;
  readonly release: Release;
  readonly now: Now;
  /** Length of a window, in seconds. */
  readonly windowS: number;
  /** Life of a slot, in seconds. */
  readonly slotTtlS: number;
  readonly namespace: string | undefined;
}

/** The lab's words to Redis: the release's key names and scripts. */
export class Store {
  readonly options: StoreOptions;

  constructor(options: StoreOptions) {
    this.options = options;
  }

  /** The key that a script works on. Up to 1.90 scripts forget the namespace. */
  named(owner: string, field: string, kind = "api_key"): string {
    const raw = `{${kind}:${owner}}:${field}`;
    return this.options.release.since(91) ? this.#spaced(raw) : raw;
  }

  async run(
    name: keyof typeof SCRIPTS,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown[]> {
    const reply = await runScript(this.options.redis, SCRIPTS[name], keys, args);
    return Array.isArray(reply) ? reply : [reply];
  }

  /** Books amounts; a counter that expires keeps its expiry. */
  async add(amounts: ReadonlyMap<string, number>): Promise<void> {
    if (amounts.size === 0) return;
    await this.run("addKeepingExpiry", [...amounts.keys()], [this.options.windowS, ...amounts.values()]);
  }

  /** The other way of writing: outside of scripts the namespace is always known, and the expiry begins anew. */
  async lower(owner: string, field: LimitType, amount: number): Promise<void> {
    if (amount === 0) return;
    const name = this.#spaced(`{api_key:${owner}}:${field}`);
    await this.options.redis.multi().incrbyfloat(name, amount).expire(name, this.options.windowS).exec();
  }

  #spaced(raw: string): string {
    const { namespace } = this.options;
    return namespace === undefined ? raw : `${namespace}:${raw}`;
  }
}
