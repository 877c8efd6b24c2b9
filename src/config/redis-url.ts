import { usageError } from "../errors.js";
import { trustFromWords } from "./redis-tls.js";
import type { Endpoint, RedisSettings, StandaloneRedis } from "./settings.js";

const EXAMPLE = "write it like redis://user:password@host:6379/0, rediss://host:6380 or unix:///run/redis.sock";

/** Parses a `redis://`, `rediss://` or `unix://` URL. The URL may contain a password, so no error repeats it. */
export function parseRedisUrl(text: string, flag: string): StandaloneRedis {
  // A URL with a user needs a host, which a socket has not. The parser's own error contains the whole text, so it is
  // dropped.
  const whole = text.replace(/^unix:\/\/([^/]*@)\//, "unix://$1localhost/");
  if (!URL.canParse(whole)) throw usageError({ code: "bad-redis-url", message: `${flag} is not a URL`, hint: EXAMPLE });
  const url = new URL(whole);
  const scheme = url.protocol.slice(0, -1);
  // A password with one of these characters ends the address early, and part of it would be taken for the host.
  if (url.hash || /^\?[^=]*@/.test(url.search) || (scheme !== "unix" && url.pathname.includes("@"))) {
    throw usageError({
      code: "bad-redis-url",
      message: `${flag} holds a #, ? or / before its @`,
      hint: "write them as %23, %3F and %2F in a password",
    });
  }
  const [user, password] = [url.searchParams.get("username"), url.searchParams.get("password")];
  const credentials = {
    ...(user ? { username: user } : {}),
    ...(password ? { password } : {}),
    ...(url.username ? { username: decode(url.username, flag) } : {}),
    ...(url.password ? { password: decode(url.password, flag) } : {}),
  };
  if (scheme === "unix") {
    const db = databaseNumber(url.searchParams.get("db") ?? "0", flag);
    return {
      kind: "standalone",
      host: "",
      port: 0,
      path: decode(url.pathname, flag),
      db,
      tls: false,
      ...credentials,
    };
  }
  if (scheme !== "redis" && scheme !== "rediss") {
    throw usageError({
      code: "bad-redis-url",
      message: `${flag} begins with ${scheme}:, which is not Redis`,
      hint: EXAMPLE,
    });
  }
  const trust = trustFromWords((word) => url.searchParams.get(word));
  return {
    kind: "standalone",
    host: url.hostname.replace(/^\[|\]$/g, "") || "127.0.0.1",
    port: Number(url.port || 6379),
    db: databaseNumber(url.pathname.slice(1) || url.searchParams.get("db") || "0", flag),
    tls: scheme === "rediss",
    ...(Object.keys(trust).length > 0 ? { trust } : {}),
    ...credentials,
  };
}

function decode(text: string, flag: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw usageError({
      code: "bad-redis-url",
      message: `${flag} holds a % that is no code`,
      hint: "write it as %25",
      cause,
    });
  }
}

/** Parses the number of a database; exit 2 naming `flag` when it is none. */
export function databaseNumber(text: string, flag: string): number {
  if (!/^\d{1,5}$/.test(text))
    throw usageError({
      code: "bad-redis-db",
      message: `the database number in ${flag} is not a number`,
      hint: EXAMPLE,
    });
  return Number(text);
}

/** The address without credentials, for messages and documents. */
export function describeRedis(redis: RedisSettings): string {
  const scheme = redis.tls ? "rediss" : "redis";
  if (redis.kind === "cluster") return `${scheme}+cluster://${redis.nodes.map(say).join(",")}`;
  if (redis.kind === "sentinel") {
    return `${scheme}+sentinel://${redis.sentinels.map(say).join(",")}/${redis.service}/${redis.db}`;
  }
  return redis.path ? `unix://${redis.path}?db=${redis.db}` : `${scheme}://${say(redis)}/${redis.db}`;
}

const say = ({ host, port }: Endpoint): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;
