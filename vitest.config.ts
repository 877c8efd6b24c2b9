import { defineConfig } from "vitest/config";

/** Most of a test's time is waiting, so a third one has room on two cores. */
const WORKERS = 3;

/** One project a kind of test; `bin/test` runs unit, e2e and faults, `bin/test litellm` the real releases, `npm run soak` the long ones, `npm run mutants` the verdict's rules with each change of them. */
const project = (name: string, include: string[], timeout = 10_000, exclude: string[] = []) => ({
  test: { name, include, exclude, testTimeout: timeout, hookTimeout: Math.max(30_000, timeout), maxWorkers: WORKERS },
});

const elsewhere = [
  "test/e2e/**",
  "test/faults/**",
  "test/integration/**",
  "test/browser/**",
  "test/nginx/**",
  "test/soak/**",
  "test/mutations/all/**",
];

/** `bin/test litellm --full` sets the variable. */
const beyond = process.env.LLMCTL_LITELLM_FULL ? [] : ["test/integration/litellm/full/**"];
const litellm = project("litellm", ["test/integration/litellm/**/*.test.ts"], 600_000, beyond);

export default defineConfig({
  test: {
    reporters: process.env.LLMCTL_TEST_REPORTER
      ? [process.env.LLMCTL_TEST_REPORTER]
      : ["default", "./test/reporter.ts"],
    projects: [
      project("unit", ["test/**/*.test.ts"], 15_000, elsewhere),
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
