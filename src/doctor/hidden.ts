import { dirname } from "node:path";
import { describeRedis } from "../config/redis-url.js";
import type { Settings } from "../config/settings.js";
import { hideAddresses } from "../output/addresses.js";
import type { Examination } from "./examination.js";
import { valueOr } from "./fact.js";

/** What a text may be known by whose machines it is about, and what to write instead; the longest first. */
export type Hidden = readonly (readonly [text: string, instead: string])[];

/** Addresses of the proxy and of every Redis that anybody named, and folders of the person who asked. */
export function hiddenOf(settings: Settings, told: Pick<Examination, "cache" | "coordination" | "redis">): Hidden {
  const hidden: [string, string][] = [];
  const host = (name: string | null | undefined, port: number | null | undefined, instead: string) => {
    if (!name) return;
    hidden.push([`${name.includes(":") ? `[${name}]` : name}:${port ?? 6379}`, instead]);
    // A bare word such as `redis` stands for other things too.
    if (/[.:\d]/.test(name)) hidden.push([name, instead]);
  };
  const { baseUrl, redis, litellmConfig, stateDir } = settings;
  if (baseUrl !== undefined) {
    const { host: whole, hostname } = new URL(baseUrl);
    hidden.push([whole, "the-proxy"]);
    if (/[.:\d]/.test(hostname)) hidden.push([hostname, "the-proxy"]);
  }
  if (redis) {
    hidden.push([describeRedis(redis), "redis://the-redis"]);
    if (redis.kind === "cluster") for (const node of redis.nodes) host(node.host, node.port, "the-redis");
    else if (redis.kind === "sentinel") for (const node of redis.sentinels) host(node.host, node.port, "a-sentinel");
    else if (redis.path === undefined) host(redis.host, redis.port, "the-redis");
    else hidden.push([redis.path, "the-socket"]);
  }
  if (told.redis.known) hidden.push([told.redis.value.address, "redis://the-redis"]);
  for (const one of [valueOr(told.cache, null), valueOr(told.coordination, null)]) {
    host(one?.host, one?.port, "the-proxys-redis");
  }
  const [, name, port] = /connecting to ([^\s:]+):(\d+)/.exec(valueOr(told.cache, null)?.away ?? "") ?? [];
  host(name, Number(port), "the-proxys-redis");
  const folder = litellmConfig && dirname(litellmConfig.path);
  if (folder && folder !== ".") hidden.push([`${folder}/`, ""]);
  hidden.push([`${stateDir}/`, ""]);
  return hidden.sort(([a], [b]) => b.length - a.length);
}

const HASH = /\b[0-9a-f]{64}\b/g;

/** The text without them, without any other address, and with hashes shortened. */
export function hide(text: string, hidden: Hidden): string {
  const known = hidden.reduce((rest, [word, instead]) => rest.replaceAll(word, instead), text);
  return hideAddresses(known, isOurs).replace(HASH, (hash) => `${hash.slice(0, 12)}…`);
}

/** What llmctl links to, and what it has put in the place of an address. */
const isOurs = (host: string): boolean => host === "github.com" || host.startsWith("the-");
