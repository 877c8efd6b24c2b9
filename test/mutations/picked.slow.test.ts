import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { PICKED } from "./picked.js";
import { fates, SUBJECTS } from "./run.js";

it("has a mutant of every rule and every confounder", () => {
  const index = readFileSync(new URL("../../src/verdict/confounders/index.ts", import.meta.url), "utf8");
  const ids = [
    ...(/satisfies|confounders = \{([\s\S]*?)\} satisfies/.exec(index)?.[1] ?? "").matchAll(/^ {2}"?([\w-]+)"?/gm),
  ];
  expect(ids.length).toBeGreaterThan(30);
  const taken = PICKED.filter(({ file }) => file.endsWith("confounders/index.ts")).map(({ before }) => before);
  for (const [, id] of ids)
    expect(
      taken.some((before) => new RegExp(`^ *"?${id}"?[,:]`).test(before)),
      id,
    ).toBe(true);
});

it("each picked change of a verdict rule fails a test", { timeout: 600_000 }, async () => {
  const survivors: string[] = [];
  let at = 0;
  for await (const { killed } of fates(PICKED, SUBJECTS.verdict.tables, SUBJECTS.verdict)) {
    const { file, before, after } = PICKED[at++] ?? { file: "", before: "", after: "" };
    if (!killed) survivors.push(`${file}: ${before} → ${after}`);
  }
  expect(survivors).toEqual([]);
});
