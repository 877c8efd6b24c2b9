import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A change of one place of a source. */
export interface Mutant {
  /** From the root on: `src/verdict/findings/leak.ts`. */
  readonly file: string;
  /** Occurs once in the file, unless `at` says where. */
  readonly before: string;
  readonly after: string;
  /** Where `before` begins in the file; its only place when left out. */
  readonly at?: number;
}

export interface Fate {
  readonly killed: boolean;
  /** The first test that failed, or why the changed source did not even load. */
  readonly by: string | null;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const engine = fileURLToPath(new URL("engine.mjs", import.meta.url));

export const sourceOf = (file: string): string => readFileSync(root + file, "utf8");

/** The source with the change in it. Throws when there is nothing to change, or more than one place. */
function mutated({ file, before, after, at }: Mutant): string {
  const text = sourceOf(file);
  const from = at ?? text.indexOf(before);
  const lost = !text.startsWith(before, from) || from === -1;
  if (lost) throw new Error(`${file} no longer has \`${before}\`: bring the list of mutants up to date`);
  if (at === undefined && text.indexOf(before, from + 1) !== -1) throw new Error(`${file} has \`${before}\` twice`);
  return text.slice(0, from) + after + text.slice(from + before.length);
}

/** Rules that are changed, and the tests that have to notice. */
export interface Subject {
  /** Files, or whole folders, of its rules. */
  readonly rules: readonly string[];
  /** Folders whose modules may hold a rule or what a rule decides: evaluated anew for each change. */
  readonly fresh: readonly string[];
  /** Tests that say what is right case by case. */
  readonly tables: readonly string[];
  /** Tests over random cases: they find much, but not surely, and they are slow. */
  readonly sweeps: readonly string[];
}

const table = (name: string): string => `test/verdict/${name}.test.ts`;

const verdict: Subject = {
  rules: ["src/verdict"],
  fresh: ["src/verdict", "test/verdict", "test/support"],
  tables: [
    "abandoned",
    "call-lifetime",
    "calls",
    "capacity",
    "confounders",
    "endings",
    "false-rejection",
    "foreign-traffic",
    "full-before",
    "healthy",
    "leak",
    "leak-by-calls",
    "limit",
    "load",
    "min-heap",
    "observations",
    "over-admission",
    "peak",
    "proven",
    "rate",
    "recovery",
    "redis-evidence",
    "separate-counters",
    "server",
    "slow-release",
    "sorted-numbers",
    "through-window",
    "unreleased-slots",
  ].map(table),
  sweeps: [table("matches-reference.slow")],
};

/** What doctor takes for a proof that a slot is dead. */
const evidence: Subject = {
  rules: [
    ...["collect", "impossible", "locked", "run-proofs"].map((name) => `src/diagnose/evidence/${name}.ts`),
    "src/diagnose/sampling/summary.ts",
  ],
  fresh: ["src/diagnose", "test/diagnose", "test/support"],
  tables: ["evidence/collect", "evidence/locked", "evidence/impossible", "sampling/summary", "run-proofs"].map(
    (name) => `test/diagnose/${name}.test.ts`,
  ),
  sweeps: ["test/diagnose/plan.slow.test.ts"],
};

export const SUBJECTS = { verdict, evidence };

/** A change that makes a rule run for ever is one that a test sees; no set of tests takes so long. */
const STUCK_MS = 60_000;

/** What becomes of each mutant, in their order. */
export async function* fates(
  mutants: readonly Mutant[],
  tests: readonly string[],
  { fresh }: Pick<Subject, "fresh">,
): AsyncGenerator<Fate> {
  const changed = mutants.map((one) => ({ file: one.file, text: mutated(one) }));
  for (let at = 0; at < changed.length; ) {
    const child = spawn(process.execPath, [engine], { stdio: ["pipe", "pipe", "inherit"], env: childEnv() });
    child.stdin.end(JSON.stringify({ tests, fresh, mutants: changed.slice(at) }));
    const closed = new Promise((resolve) => child.on("close", resolve));
    const kill = () => child.kill("SIGKILL");
    let stuck = setTimeout(kill, STUCK_MS);
    let began = false;
    for await (const line of createInterface({ input: child.stdout })) {
      clearTimeout(stuck);
      stuck = setTimeout(kill, STUCK_MS);
      const told = JSON.parse(line) as Fate | { readonly tests: number };
      if ("tests" in told) began = true;
      else {
        at++;
        yield told;
      }
    }
    clearTimeout(stuck);
    await closed;
    if (!began) throw new Error("the tests of the unchanged sources failed, or took too long");
    if (at < changed.length && child.signalCode === "SIGKILL") {
      at++;
      yield { killed: true, by: "it never ended" };
    } else if (at < changed.length) throw new Error(`the engine ended before it was through, with ${child.exitCode}`);
  }
}

/** Without what a test runner tells its own workers; random histories are the same each time. */
const childEnv = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|NODE_ENV|DEV$|PROD$|MODE$|SSR$)/.test(name)),
  ),
  LLMCTL_RUNS: "400",
  LLMCTL_SEED: "1",
});
