import { expect, it } from "vitest";
import { EQUIVALENT } from "../equivalent.js";
import { allMutants } from "../mutate.js";
import { fates, type Mutant, SUBJECTS, type Subject, sourceOf } from "../run.js";

/** `LLMCTL_MUTANTS=leak` for the files whose path has that word. */
const wanted = (subject: Subject) =>
  allMutants(subject).filter(({ file }) => file.includes(process.env.LLMCTL_MUTANTS ?? ""));

const lineOf = ({ file, at = 0 }: Mutant): number => sourceOf(file).slice(0, at).split("\n").length;
const textOf = (mutant: Mutant): string => sourceOf(mutant.file).split("\n")[lineOf(mutant) - 1]?.trim() ?? "";
const placed = (mutant: Mutant): string =>
  `${mutant.file}:${lineOf(mutant)} ${mutant.before.trim()} → ${mutant.after.trim() || "nothing"} in: ${textOf(mutant)}`;

const isKnown = (mutant: Mutant): boolean =>
  EQUIVALENT.some(
    ({ file, line, change: [before, after] }) =>
      mutant.file === file &&
      textOf(mutant) === line &&
      mutant.before.trim() === before &&
      mutant.after.trim() === after,
  );

async function survivors(mutants: readonly Mutant[], tests: readonly string[], subject: Subject): Promise<Mutant[]> {
  const alive: Mutant[] = [];
  let at = 0;
  for await (const { killed } of fates(mutants, tests, subject)) {
    const mutant = mutants[at++];
    if (!killed && mutant) alive.push(mutant);
  }
  return alive;
}

it.each(Object.entries(SUBJECTS))(
  "every change of a rule (%s) fails a test, but for those that change nothing",
  async (_, subject) => {
    const left = await survivors(wanted(subject), subject.tables, subject);
    // What no table tells, random histories that are held to the plain definitions may.
    const told = left.length > 0 && subject.sweeps.length > 0 ? await survivors(left, subject.sweeps, subject) : left;
    expect(told.filter((mutant) => !isKnown(mutant)).map(placed)).toEqual([]);
  },
);

it("every change that is said to change nothing is one that is made", () => {
  const made = Object.values(SUBJECTS).flatMap(allMutants);
  const lost = EQUIVALENT.filter(
    ({ file, line, change: [before] }) =>
      !made.some((one) => one.file === file && textOf(one) === line && one.before.trim() === before),
  );
  expect(lost).toEqual([]);
});
