import { defineConfig } from "vitest/config";

/** Most of a test's time is waiting, so a third one has room on two cores. */
const WORKERS = 3;

/** Tests that need a server (Redis, a lab, a compiler's output): the unit project may start none. */
const SERVER = [
  "test/**/*.server.test.ts",
  "test/limiter/!(alone|config-warnings|fallback|load|renewal|unknown).test.ts",
];
/** Tests that take seconds: sweeps over random cases, real waiting, changed sources. */
const SLOW = ["test/**/*.slow.test.ts", "test/limiter/load.test.ts"];

const elsewhere = [
  "test/e2e/**",
  "test/faults/**",
  "test/integration/**",
  "test/browser/**",
  "test/nginx/**",
  "test/soak/**",
  "test/mutations/all/**",
];

/** One project a kind of test. package.json and bin/test say which of them run together. */
const project = (name: string, include: string[], timeout = 10_000, exclude: string[] = []) => ({
  test: { name, include, exclude, testTimeout: timeout, hookTimeout: Math.max(30_000, timeout), maxWorkers: WORKERS },
});

const unit = project("unit", ["test/**/*.test.ts"], 15_000, [...elsewhere, ...SERVER, ...SLOW]);

/** `bin/test litellm --full` sets the variable. */
const beyond = process.env.LLMCTL_LITELLM_FULL ? [] : ["test/integration/litellm/full/**"];
const litellm = project("litellm", ["test/integration/litellm/**/*.test.ts"], 600_000, beyond);

export default defineConfig({
  test: {
    globalSetup: "test/support/temporary-folder.ts",
    reporters: process.env.LLMCTL_TEST_REPORTER
      ? [process.env.LLMCTL_TEST_REPORTER]
      : ["default", "./test/reporter.ts"],
    projects: [
      // No Redis is found by that name: a unit test that starts one fails everywhere.
      // Modules are loaded once a worker, not once a file: that takes a third of the time. A unit test mocks no module.
      { test: { ...unit.test, isolate: false, env: { LLMCTL_REDIS_SERVER: "/no-server-in-a-unit-test" } } },
      project("server", SERVER, 15_000),
      project("slow", SLOW, 15_000),
      project("e2e", ["test/e2e/**/*.test.ts"], 60_000),
      project("faults", ["test/faults/**/*.test.ts"], 120_000),
      // One proxy at a time: two at once would not start in time on two cores.
      { test: { ...litellm.test, fileParallelism: false } },
      // Chromium has to be there: /usr/bin/chromium, or what LLMCTL_CHROMIUM names.
      project("browser", ["test/browser/**/*.test.ts"], 60_000),
      // nginx has to be there: /usr/sbin/nginx, or what LLMCTL_NGINX names.
      project("nginx", ["test/nginx/**/*.test.ts"], 60_000),
      project("soak", ["test/soak/**/*.test.ts"], 3_600_000),
      project("mutants", ["test/mutations/all/**/*.test.ts"], 3_600_000),
    ],
  },
});
