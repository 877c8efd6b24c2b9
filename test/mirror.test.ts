import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Kinds of test that no folder of src has, what tests share, and the engine that changes the verdict's rules. */
const NOT_MIRRORED = ["support", "e2e", "integration", "faults", "browser", "nginx", "soak", "mutations"];
/** The machinery of one test that is too large for a file: random histories of the doctor. */
const OWN_FOLDER = ["repair/histories"];

/** Parts of one large test that a soak, or the faults of the same limiter, run as well. */
const SHARED = [
  "faults/schedule.ts",
  "faults/worker-processes.ts",
  "limiter/flaky-store.ts",
  "limiter/recorder.ts",
  "repair/histories/campaign.ts",
];

const files = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => statSync(join(root, "test", path)).isFile());
const topOf = (path: string): string => path.split("/")[0] as string;
const mirrored = files.filter((path) => path.includes("/") && !NOT_MIRRORED.includes(topOf(path)));

test("a folder of tests is a folder of src", () => {
  const folders = [...new Set(mirrored.map((path) => dirname(path)))].filter((path) => !OWN_FOLDER.includes(path));
  expect(folders.length).toBeGreaterThan(20);
  expect(folders.filter((path) => !existsSync(join(root, "src", path)))).toEqual([]);
});

test("what is excepted is there", () => {
  for (const path of [...NOT_MIRRORED, ...OWN_FOLDER]) expect(existsSync(join(root, "test", path)), path).toBe(true);
});

// The contract with real releases is shared with the lab, which is held to it.
test("a helper that tests of several folders import is in support", () => {
  const shared = new Set<string>();
  for (const from of files.filter((path) => /\.(ts|mjs)$/.test(path) && topOf(path) !== "integration")) {
    const text = readFileSync(join(root, "test", from), "utf8");
    for (const [, to = ""] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
      const path = posix.join(posix.dirname(from), to).replace(/\.js$/, ".ts");
      const isOurs = !path.startsWith("..") && !/^(support|integration)\//.test(path);
      if (isOurs && topOf(path) !== topOf(from) && files.includes(path)) shared.add(path);
    }
  }
  expect([...shared].sort()).toEqual(SHARED);
});
