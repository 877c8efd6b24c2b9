import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A change of one place of a source. */
export interface Mutant {
  /** From the root on: `src/verdict/leak.ts`. */
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
export function mutated({ file, before, after, at }: Mutant): string {
  const text = sourceOf(file);
  const from = at ?? text.indexOf(before);
  const lost = !text.startsWith(before, from) || from === -1;
  if (lost) throw new Error(`${file} no longer has \`${before}\`: bring the list of mutants up to date`);
  if (at === undefined && text.indexOf(before, from + 1) !== -1) throw new Error(`${file} has \`${before}\` twice`);
  return text.slice(0, from) + after + text.slice(from + before.length);
}

const table = (name: string): string => `test/verdict/${name}.test.ts`;

/** Tests that say what is right case by case. Those over random histories find much, but not surely, and they are slow. */
export const TABLES = [
  ...["abandoned", "borders", "calls", "confounders", "foreign", "known", "leak", "load", "proven", "timing"],
].map(table);
export const SWEEPS = [table("same")];

/** What becomes of each mutant, in their order. */
export async function* fates(mutants: readonly Mutant[], tests: readonly string[]): AsyncGenerator<Fate> {
  const child = spawn(process.execPath, [engine], { stdio: ["pipe", "pipe", "inherit"], env: childEnv() });
  const closed = new Promise<number | null>((resolve) => child.on("close", resolve));
  const changed = mutants.map((one) => ({ file: one.file, text: mutated(one) }));
  child.stdin.end(JSON.stringify({ tests, mutants: changed }));
  let told = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith("{")) continue;
    told++;
    yield JSON.parse(line) as Fate;
  }
  const code = await closed;
  if (told !== mutants.length)
    throw new Error(`the engine told of ${told} mutants out of ${mutants.length}, exit ${code}`);
}

/** Without what a test runner tells its own workers. */
const childEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|NODE_ENV|DEV$|PROD$|MODE$|SSR$)/.test(name)),
  );
