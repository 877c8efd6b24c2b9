import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { leaksOf } from "../../src/litellm/releases.js";
import { type EndpointName, endpoints as endpointOf } from "../../src/llm/endpoints/index.js";
import type { MatrixCell } from "../../src/output/documents/matrix.js";
import { differences, missing } from "../integration/litellm/matrix/compare.js";
import { expectedOf, MODELS, RELEASES } from "../integration/litellm/matrix/expected.js";
import { page } from "../integration/litellm/matrix/page.js";

const PAGE = new URL("../../docs/matrix.md", import.meta.url);

test("docs/matrix.md says what real releases are compared with", async () => {
  if (process.env.LLMCTL_WRITE_DOCS) await writeFile(PAGE, page());
  expect(await readFile(PAGE, "utf8"), "write it anew: LLMCTL_WRITE_DOCS=1 bin/test test/litellm/matrix.test.ts").toBe(
    page(),
  );
});

describe.each(RELEASES)("the table of LiteLLM %s", (version) => {
  const table = expectedOf(version);
  const cells = table.map(({ endpoint, model, stream, ending, outcomes: [first = ""] }): MatrixCell => {
    const [status, doubt] = first.split(": ") as [MatrixCell["status"], string | undefined];
    return { endpoint, model, stream, ending, status, proof: `${doubt}: why`, slots: [], calls: 7, run: null };
  });

  test("has every cell of the matrix once, for either provider", () => {
    const names = table.map(({ endpoint, model, stream, ending }) => [endpoint, model, stream, ending].join());
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(4 * (5 + 7) * MODELS.length);
    expect(missing(version, cells)).toEqual([]);
    expect(missing(version, cells.slice(1))).toEqual([table[0]]);
  });

  test("agrees with itself, and with nothing else", () => {
    expect(differences(version, cells)).toEqual([]);
    const leaking = cells.map((cell) => ({ ...cell, status: "leak" as const }));
    expect(differences(version, leaking)).toHaveLength(
      2 * table.filter(({ outcomes }) => !outcomes.includes("leak")).length,
    );
  });

  test("leaks on no route but those of the leaks that the release is known for", () => {
    const known = leaksOf(version).flatMap(({ endpoints }) =>
      endpoints.map((name) => endpointOf[name as EndpointName].path),
    );
    const leaking = table.filter(({ outcomes }) => outcomes.includes("leak") || outcomes.includes("over-admission"));
    expect(leaking.map(({ endpoint }) => endpoint).filter((endpoint) => !known.includes(endpoint))).toEqual([]);
  });
});
