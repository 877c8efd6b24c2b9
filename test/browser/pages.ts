import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderHtml } from "../../src/output/html/index.js";
import { saveReport } from "../../src/output/save.js";
import { matrixPage } from "../../src/probe/matrix/page.js";
import type { RunHeader } from "../../src/runs/schema.js";
import type { ProbeEvent } from "../../src/verdict/events.js";
import { documentResult } from "../support/document-result.js";
import { call, reading, refused } from "../support/events.js";
import { matrixOf } from "../support/matrix-documents.js";
import { runProgram } from "../support/program.js";
import { HEALTHY, header, LEAK, write } from "../support/run-records.js";

/** Pages that `llmctl report` wrote of runs of different kinds, by their paths. */
export interface Pages {
  readonly few: string;
  readonly refusals: string;
  readonly many: string;
  readonly empty: string;
  readonly hostile: string;
  readonly compared: string;
  readonly matrix: string;
  readonly dir: string;
  remove(): Promise<void>;
}

/** Text that would leave its place if anybody forgot to escape it. */
export const HOSTILE = `</script><script>alert(1)</script><img src="http://127.0.0.1:9/x" onerror="alert(2)">"'&\u2028`;

export async function makePages(): Promise<Pages> {
  const dir = await mkdtemp(join(tmpdir(), "llmctl-pages-"));
  const runOf = (id: string, events: readonly ProbeEvent[], model = "claude-x", rest: Partial<RunHeader> = {}) =>
    write(join(dir, `${id}.ndjson`), header(id, { target: { ...header(id).target, model }, ...rest }), events);
  const page = async (name: string, ...runs: string[]) => {
    const path = join(dir, `${name}.html`);
    const { outcome } = await runProgram(["report", ...runs, "--write", path]);
    await saveReport(await documentResult(outcome), { path, format: "html" }, (text) => text);
    return path;
  };
  const [few, well] = [await runOf("few", LEAK), await runOf("well", HEALTHY)];
  const failure = call(1, 10, 20, { ending: "failed", status: 500, error: HOSTILE });
  return {
    dir,
    few: await page("few", few),
    refusals: await page("refusals", await runOf("refusals", REFUSALS, "claude-x", { redis: null })),
    many: await page("many", await runOf("many", manyCalls(500))),
    empty: await page("empty", await runOf("empty", [])),
    hostile: await page("hostile", await runOf("hostile", [failure], HOSTILE)),
    compared: await page("compared", few, well),
    matrix: await matrixPageOf(dir),
    remove: () => rm(dir, { recursive: true }),
  };
}

/** The page that `probe --matrix --output html` prints. */
async function matrixPageOf(dir: string): Promise<string> {
  const path = join(dir, "matrix.html");
  await writeFile(path, await renderHtml(matrixPage(matrixOf("1.79.1", HOSTILE))));
  return path;
}

/** Three calls after which the key is full for good. */
const REFUSALS: readonly ProbeEvent[] = [
  ...[1, 2, 3].map((n) => call(n, 50 * n, 50 * n + 30)),
  refused(4, 200, 210),
  ...[2, 5, 10, 16, 24].map((late, at) =>
    refused(5 + at, 210 + late * 1000, 220 + late * 1000, { phase: "look", lookMs: late * 1000 }),
  ),
];

/** Bursts of twenty with every kind of ending, read by Redis between them. */
function manyCalls(count: number): ProbeEvent[] {
  const endings = [
    { ending: "aborted" },
    { ending: "timeout", status: null, error: "not done within 120000 ms" },
  ] as const;
  return [
    reading(0),
    ...Array.from({ length: count }, (_, at) => {
      const sentMs = 10 + Math.floor(at / 20) * 400 + (at % 20) * 3;
      const tookMs = 20 + ((at * 37) % 290);
      if (at % 20 >= 15) return refused(at + 1, sentMs, sentMs + 8, { phase: "burst" });
      return call(at + 1, sentMs, sentMs + tookMs, { phase: "burst", ...(at % 50 === 7 ? endings[at % 2] : {}) });
    }),
    ...Array.from({ length: 25 }, (_, at) => reading(200 + at * 400, [`s${at}`, "s"])),
  ];
}
