// Runs the verdict's tests against changed sources: one Vitest, whose transforms put each change in place of the original in turn; the tree stays as
// it is. stdin: JSON { tests: files, mutants: [{ file, text }] }, files from the root on and the whole changed text. stdout: a line of JSON for
// each mutant, { killed, by: the first test that failed, or null }. First the unchanged sources are tested: they must pass, or it exits with 1.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createVitest } from "vitest/node";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { tests, mutants } = JSON.parse(readFileSync(0, "utf8"));

let current;
const swap = {
  name: "swap-source",
  enforce: "pre",
  transform(_code, id) {
    return current && id.split("?")[0] === resolve(root, current.file) ? { code: current.text, map: null } : undefined;
  },
};
const options = {
  root,
  config: false,
  watch: false,
  include: tests,
  pool: "threads",
  maxWorkers: 1,
  isolate: false,
  fileParallelism: false,
  bail: 1,
  reporters: [{}],
};
const vitest = await createVitest("test", options, { plugins: [swap] });
const specifications = await vitest.globTestSpecifications();

/** Undefined when all tests passed. */
async function firstFailure(mutant) {
  const changed = [current?.file, mutant?.file].filter((file) => file !== undefined);
  current = mutant;
  for (const file of changed) vitest.invalidateFile(resolve(root, file));
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  for (const module of testModules) {
    for (const test of module.children.allTests("failed")) return test.fullName;
    const [error] = module.errors();
    if (error) return error.message;
  }
  return unhandledErrors[0]?.message;
}

const healthy = await firstFailure(undefined);
if (healthy !== undefined) {
  console.error(`the tests fail without any change: ${healthy}`);
  process.exit(1);
}
for (const mutant of mutants) {
  const by = await firstFailure(mutant);
  process.stdout.write(`${JSON.stringify({ killed: by !== undefined, by: by ?? null })}\n`);
}
await vitest.close();
process.exit(0);
