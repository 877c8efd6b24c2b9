import { afterAll, beforeAll, expect, test } from "vitest";
import { doctor } from "../../src/doctor/command.js";
import { startRedis } from "../../src/lab/redis.js";
import { fixing, openServerFixture, type ServerFixture } from "../support/doctor-fixture.js";
import { errorOf } from "../support/keys-session.js";

let fixture: ServerFixture;
beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());

const watch = { watch: true } as const;

test.each([
  ["--fix without --yes", { ...watch, ...fixing, olderThan: "15m" }, {}, /never asks/],
  ["--idle", { ...watch, idle: true }, {}, /--idle is said of one moment/],
  ["--every below a second", { ...watch, every: "500ms" }, {}, /--every 500ms is too often/],
  ["an --every that is no time", { ...watch, every: "often" }, {}, /--every often/],
  ["--output markdown", watch, { output: "markdown" }, /cannot print markdown/],
  ["a port that is none", { ...watch, metricsPort: "70000" }, {}, /--metrics-port 70000 is no port/],
  ["a port that is no number", { ...watch, metricsPort: "http" }, {}, /--metrics-port http/],
  ["--metrics-host alone", { ...watch, metricsHost: "0.0.0.0" }, {}, /--metrics-host needs a port/],
  ["--every without --watch", { every: "5s" }, {}, /--every belongs to a watch/],
  ["--metrics-port without --watch", { metricsPort: "0" }, {}, /--metrics-port belongs to a watch/],
] as const)("%s is exit 2 and says what to type", async (_what, flags, settings, message) => {
  const error = await errorOf(doctor(fixture.context(settings), flags));
  expect(error).toMatchObject({ exit: 2, message: expect.stringMatching(message), hint: expect.stringMatching(/\w/) });
});

test("a watch needs a Redis", async () => {
  const context = fixture.context();
  const { redis: _, ...settings } = context.settings;
  const bare = { ...context, settings: { ...settings, baseUrl: "http://127.0.0.1:1" } };
  expect(await errorOf(doctor(bare, watch))).toMatchObject({ exit: 2, code: "no-redis" });
});

test("a port that somebody has is exit 2 and says how to take another", async () => {
  const other = await startRedis();
  const error = await errorOf(doctor(fixture.context(), { ...watch, metricsPort: `${other.port}` }));
  await other.stop();
  expect(error).toMatchObject({
    exit: 2,
    message: expect.stringContaining(`127.0.0.1:${other.port} is in use`),
    hint: expect.stringContaining("--metrics-port 0"),
  });
});

test("an address of another machine is exit 2", async () => {
  const error = await errorOf(doctor(fixture.context(), { ...watch, metricsPort: "0", metricsHost: "192.0.2.1" }));
  expect(error).toMatchObject({
    exit: 2,
    message: expect.stringContaining("192.0.2.1:0"),
    hint: expect.stringContaining("--metrics-host"),
  });
});
