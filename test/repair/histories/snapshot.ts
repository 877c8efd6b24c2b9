import type { Redis } from "ioredis";

/** One key as it stands in Redis. */
export interface Seen {
  readonly type: string;
  readonly value: string;
  readonly members: ReadonlyMap<string, number>;
  readonly pttl: number;
  readonly dump: string;
  /** Redis TIME, ms. */
  readonly atMs: number;
}

const LOOK = `
local time = redis.call("TIME")
local out = { time[1] * 1000 + math.floor(time[2] / 1000) }
for _, key in ipairs(ARGV) do
  local kind = redis.call("TYPE", key).ok
  local value = kind == "string" and redis.call("GET", key) or ""
  local members = kind == "zset" and redis.call("ZRANGE", key, 0, -1, "WITHSCORES") or {}
  out[#out + 1] = { kind, value, members, redis.call("PTTL", key), redis.call("DUMP", key) or "" }
end
return out`;

/** All of these keys at one instant. */
export async function look(redis: Redis, names: readonly string[]): Promise<Map<string, Seen>> {
  const [time, ...rows] = (await redis.callBuffer("EVAL", LOOK, 0, ...names)) as [number, ...Row[]];
  return new Map(
    rows.map(([type, value, flat, pttl, dump], at) => {
      const members = new Map<string, number>();
      for (let i = 0; i < flat.length; i += 2) members.set(`${flat[i]}`, Number(flat[i + 1]));
      const seen = { type: `${type}`, value: `${value}`, members, pttl, dump: dump.toString("base64"), atMs: time };
      return [names[at] as string, seen];
    }),
  );
}

type Row = [Buffer, Buffer, Buffer[], number, Buffer];

/** Names of all keys but the doctor's lock and the rate counters beside a number. */
export async function namesIn(redis: Redis): Promise<string[]> {
  const names = await redis.keys("*");
  return names.filter((name) => !name.startsWith("llmctl:") && !/:(tokens|requests|window)$/.test(name)).sort();
}
