import { describe, expect, it } from "vitest";
import { comparisonDocument } from "../../src/output/documents/comparison.js";
import { renderTable } from "../../src/output/table.js";
import { compareRuns } from "../../src/report/compare.js";
import { comparisonView } from "../../src/report/comparison-page.js";
import { rejudge } from "../../src/runs/rejudge.js";
import { HEALTHY, header, LEAK, run } from "../support/run-records.js";

const told = (id: string, events: typeof LEAK, version: string, closed = true) =>
  rejudge(run(header(id, { target: { ...header(id).target, version } }), events, closed)).document;
const leak = told("one", LEAK, "1.79.1");
const healthy = told("two", HEALTHY, "1.109.1");
const killed = told("three", HEALTHY.slice(0, 3), "1.95.0", false);

describe("runs compared", () => {
  it("name what is gone, and nothing that both have in common", () => {
    const document = compareRuns([leak, healthy]);
    expect(comparisonDocument.parse(document)).toEqual(document);
    expect(document.change).toBe("better");
    expect(document.findings).toEqual([
      { kind: "leak", proofs: [leak.verdict.findings[0]?.proof, null], change: "gone" },
    ]);
    expect(document.conditions.map(({ name }) => name)).toEqual(["release"]);
    expect(document.measures.find(({ name }) => name === "held at the end")).toEqual({
      name: "held at the end",
      unit: "slots",
      values: [3, 0],
      difference: -3,
    });
  });

  it.each([
    ["worse", [healthy, leak], "new"],
    ["same", [leak, leak], "stays"],
    ["unclear", [leak, killed], "unclear"],
    ["unclear", [leak, healthy, killed], "unclear"],
    ["better", [leak, killed, healthy], "gone"],
  ] as const)("are %s by the last against the first", (change, runs, finding) => {
    const document = compareRuns(runs);
    expect(document.change).toBe(change);
    expect(document.findings[0]?.change).toBe(finding);
  });

  it("are worse when a finding is new, though the first run proved nothing of another kind", () => {
    expect(compareRuns([healthy, healthy]).change).toBe("same");
    expect(compareRuns([killed, healthy]).change).toBe("unclear");
    // What the first did not prove may have been there: the leak of the last is not called new.
    expect(compareRuns([killed, leak]).change).toBe("unclear");
  });

  it("stand side by side under their releases, or their ids where releases do not tell them apart", () => {
    const heads = (runs: Parameters<typeof compareRuns>[0]) =>
      comparisonView(compareRuns(runs)).blocks.flatMap((block) =>
        block.kind === "table" ? [block.columns.map(({ name }) => name)] : [],
      );
    expect(heads([leak, healthy]).at(-1)).toEqual(["measure", "LiteLLM 1.79.1", "LiteLLM 1.109.1", "difference"]);
    expect(heads([leak, told("four", HEALTHY, "1.79.1")]).at(-1)).toEqual(["measure", "one", "four", "difference"]);
  });

  it("are headed on a terminal by their ids to the letter, and by all else in capitals", () => {
    const text = (other: string, version: string) =>
      renderTable(comparisonView(compareRuns([leak, told(other, HEALTHY, version)])), { width: 0, colour: false });
    const ids = text("20261126T025126-0acd75", "1.79.1");
    expect(ids).toMatch(/^MEASURE +one +20261126T025126-0acd75 +DIFFERENCE$/m);
    expect(ids).toMatch(/^FINDING +one +20261126T025126-0acd75 +CHANGE$/m);
    expect(text("four", "1.109.1")).toMatch(/^MEASURE +LITELLM 1.79.1 +LITELLM 1.109.1 +DIFFERENCE$/m);
  });
});
