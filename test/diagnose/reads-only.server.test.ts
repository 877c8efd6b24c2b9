import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { dump } from "../../src/dump/command.js";
import { counter, hash, member, openServerFixture, type ServerFixture } from "../support/doctor-fixture.js";

let fixture: ServerFixture;
const redis = () => fixture.redis.client;

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(async () => {
  await redis().flushall();
  await redis().set(counter, "3");
  await redis().set(`{api_key:${hash}}:window`, "1790000000", "EX", 60);
  await redis().zadd(`prod:${counter}`, 1_790_000_000, member(1));
  await redis().set(`${hash}::2026-01-01-00-00::request_count`, '{"current_requests": 1}');
});

/** All that Redis was asked to do meanwhile, also from inside Lua, as MONITOR tells it. */
async function commandsOf(work: () => Promise<unknown>): Promise<string[]> {
  const watcher = new Redis(fixture.server.port, "127.0.0.1");
  const monitor = await watcher.monitor();
  const seen: string[] = [];
  monitor.on("monitor", (_time: string, [command = ""]: string[]) => seen.push(command.toLowerCase()));
  await work();
  await sleep(100);
  monitor.disconnect();
  watcher.disconnect();
  return seen;
}

/** Those of them that Redis itself calls writes. */
async function writesAmong(commands: readonly string[]): Promise<string[]> {
  const names = [...new Set(commands)];
  const infos = (await redis().call("COMMAND", "INFO", ...names)) as ([string, number, string[]] | null)[];
  return names.filter((_, at) => infos[at]?.[2].includes("write"));
}

const doctors: readonly (readonly [string, () => Promise<unknown>])[] = [
  ["doctor", () => fixture.doctor({ limit: "2", olderThan: "15m" })],
  ["doctor --idle", () => fixture.doctor({ limit: "2", idle: true })],
  ["doctor --fix --dry-run", () => fixture.doctor({ fix: true, limit: "2", idle: true }, { dryRun: true, yes: true })],
  ["doctor --fix, nobody to ask", () => fixture.doctor({ fix: true, limit: "2", idle: true }).catch(() => undefined)],
  ["dump", () => dump(fixture.context(), undefined, { slots: true, all: true })],
];

test.each(doctors)("%s sends no command that writes", async (_name, work) => {
  const seen = await commandsOf(work);
  expect(seen.filter((command) => command.startsWith("eval")).length).toBeGreaterThan(0);
  expect(await writesAmong(seen)).toEqual([]);
});

test("what is looked for is there: a repair is seen to write", async () => {
  const seen = await commandsOf(() => fixture.doctor({ fix: true, limit: "2", idle: true }, { yes: true }));
  expect(await writesAmong(seen)).toEqual(expect.arrayContaining(["del", "zrem"]));
});

test("neither KEYS nor FLUSH is ever sent, with --fix or without", async () => {
  const seen = await commandsOf(() => fixture.doctor({ fix: true, limit: "2", idle: true }, { yes: true }));
  expect(seen.filter((command) => /^(keys|flush)/.test(command))).toEqual([]);
});
