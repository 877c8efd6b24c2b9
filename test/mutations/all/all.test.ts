import { expect, it } from "vitest";
import { EQUIVALENT } from "../equivalent.js";
import { allMutants } from "../mutate.js";
import { fates, type Mutant, SWEEPS, sourceOf, TABLES } from "../run.js";

/** The sweeps are held to their plain definitions over random histories. */
const SWEPT = /\/(appearances|in-flight|queue|rounds|sorted)\.ts$/;
/** `LLMCTL_MUTANTS=leak` for the files whose path has that word. */
const wanted = allMutants().filter(({ file }) => file.includes(process.env.LLMCTL_MUTANTS ?? ""));

const placed = ({ file, at = 0, before, after }: Mutant): string => {
  const line = sourceOf(file).slice(0, at).split("\n").length;
  const column = at - sourceOf(file).lastIndexOf("\n", at - 1);
  return `${file}:${line}:${column} ${before.trim()} → ${after.trim() || "nothing"}`;
};

it("every change of a verdict rule fails a test, but for those that change nothing", async () => {
  const groups = [
    [wanted.filter(({ file }) => !SWEPT.test(file)), TABLES],
    [wanted.filter(({ file }) => SWEPT.test(file)), [...TABLES, ...SWEEPS]],
  ] as const;
  const survivors: string[] = [];
  for (const [mutants, tests] of groups) {
    let at = 0;
    for await (const { killed } of fates(mutants, tests)) {
      const mutant = mutants[at++];
      if (killed || !mutant || EQUIVALENT.some((one) => one.matches(mutant))) continue;
      survivors.push(placed(mutant));
      // As it comes, for this takes minutes.
      process.stderr.write(`survived: ${placed(mutant)}\n`);
    }
  }
  expect(survivors).toEqual([]);
});
