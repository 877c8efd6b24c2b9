import type { MatrixCell, MatrixDocument } from "../../src/output/documents/matrix.js";

const cell = (rest: Partial<MatrixCell>): MatrixCell => ({
  endpoint: "/v1/messages",
  model: "gpt-lab",
  stream: false,
  ending: "completed",
  status: "healthy",
  proof: "",
  slots: [],
  calls: 7,
  run: "/home/somebody/.local/state/llmctl/runs/20261123T090000-abcdef.ndjson",
  ...rest,
});

const LEAK = "the counter rose by 3 over 3 admitted calls and did not fall within 24.0 s after the last";

/** A matrix with a cell of each verdict, on a proxy of that release. */
export const matrixOf = (version: string | null, model = "gpt-lab"): MatrixDocument => ({
  schema: "llmctl.matrix/1",
  startedAt: "2026-11-23T09:00:00.000Z",
  durationMs: 195_000,
  target: { baseUrl: "http://127.0.0.1:4000", version },
  limit: 3,
  cells: [
    cell({ endpoint: "/v1/chat/completions", model }),
    cell({
      endpoint: "/v1/chat/completions",
      model,
      ending: "timeout",
      status: "slow-release",
      proof: "late by 3.0 s",
    }),
    cell({ model, status: "leak", proof: LEAK, slots: ["0f3a", "1b77"] }),
    cell({ model, ending: "provider-500", status: "leak", proof: LEAK }),
    cell({ model, stream: true, ending: "aborted-stream", status: "over-admission", proof: "4 at once, limit 3" }),
    cell({ model, stream: true, ending: "cut", status: "false-rejection", proof: "refused with room for it" }),
    cell({ model, stream: true, ending: "timeout", status: "inconclusive", proof: "abandoned: wait longer" }),
    cell({ model, stream: true, ending: "provider-429", status: "skipped", proof: "--scripted", calls: 0, run: null }),
  ],
});
