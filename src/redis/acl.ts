import type { RedisClient, Script } from "./client.js";

/** Commands that read a key, within scripts too. */
const READING = ["time", "type", "pttl", "get", "zrange", "zcard"] as const;

/**
 * What a Redis user needs to read the limiter's keys, as words of ACL SETUSER. `dump`, `probe` and `doctor` without
 * `--fix` need no more. The test suite runs with exactly these, and with each of them missing.
 */
export const READ_RIGHTS: readonly string[] = [
  "~*",
  ...["ping", "info", "select", "client|setname", "scan", "evalsha", "eval", ...READING].map((name) => `+${name}`),
  ...["+cluster|slots", "+cluster|nodes"],
];

/** True when a script lacks a right inside: Redis 7.0 does not say which. */
export const isRightOfScript = (error: unknown): error is Error =>
  error instanceof Error && error.message.includes("The user executing the script can't run this command");

/**
 * Tests each right that a script reads with by running the command itself; the error names it. Undefined when another
 * right is missing.
 */
export async function findMissingRight(redis: RedisClient, script: Script, key: string): Promise<Error | undefined> {
  for (const name of READING.filter((one) => script.source.includes(`"${one.toUpperCase()}"`))) {
    const args = name === "time" ? [] : name === "zrange" ? [key, 0, 0] : [key];
    try {
      await redis.call(name, ...args);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith("NOPERM")) return error;
    }
  }
  return undefined;
}
