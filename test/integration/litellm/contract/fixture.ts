import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import type { Exchange } from "./exchange.js";
import { steady } from "./steady.js";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "fixtures");

/**
 * Fails when a release answers otherwise than in `fixtures/NAME.json`. The parser of refusals, the API client and the lab are
 * tested against those files. With LLMCTL_RECORD=1 the file is written instead.
 */
export const expectFixture = (name: string, exchanges: readonly Exchange[], secrets: readonly string[] = []) =>
  expectRecord(
    name,
    exchanges.map((each) => steady(each, secrets)),
  );

/** Tells whether an entry is what `fixtures/NAME.json` holds under its name; while the file is being written, anything is. */
export async function isRecorded(name: string): Promise<(seen: { name: string }) => boolean> {
  if (process.env.LLMCTL_RECORD) return () => true;
  const known: { name: string }[] = JSON.parse(await readFile(join(folder, `${name}.json`), "utf8"));
  const byName = new Map(known.map((entry) => [entry.name, entry]));
  return (seen) => isDeepStrictEqual(seen, byName.get(seen.name));
}

/** The same for anything else that has names. */
export async function expectRecord<Entry extends { name: string }>(name: string, seen: readonly Entry[]) {
  const path = join(folder, `${name}.json`);
  if (process.env.LLMCTL_RECORD) await writeFile(path, `${JSON.stringify(seen, null, 2)}\n`);
  const known: Entry[] = JSON.parse(await readFile(path, "utf8"));
  expect(Object.fromEntries(seen.map((each) => [each.name, each]))).toEqual(
    Object.fromEntries(known.map((each) => [each.name, each])),
  );
}
