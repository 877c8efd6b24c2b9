import { ENDINGS, type Expected, expectedOf, PROXY_TIMEOUT_S, RELEASES, SETTLE_S } from "./expected.js";

/** docs/matrix.md, from the tables that real releases are compared with. */
export const page = (): string => `# What each release does, by route, model and ending

What \`llmctl probe --matrix\` says of LiteLLM on one worker with its own Redis, a key with \`max_parallel_requests\` 3 and an rpm limit, no response cache, and a provider that ends
calls as it is told. Every cell is run by \`bin/test litellm --full\`, and one that comes out otherwise fails it. \`gpt-lab\` is a model behind OpenAI's API, \`claude-lab\` one behind Anthropic's.

- **completed**: answered in full. **aborted-stream**: the client leaves in mid-stream. **aborted-early**: it leaves after 2 s, and the provider answers after 5 s.
  **provider-500**, **provider-429**: the provider refuses. **cut**: the provider breaks off in mid-stream. **timeout**: the provider never answers; the client leaves after 2 s, and the
  proxy's \`request_timeout\` is ${PROXY_TIMEOUT_S} s.
- **healthy**: every slot came back within 2 s, and no more than the limit ran at once. **slow-release**: slots came back later than that; they live until the provider answers or the proxy
  gives up on it, whether the client is there or not. **leak**: not back after ${SETTLE_S} s. **over-admission**: more calls than the limit were answered at once.
- **abandoned** (inconclusive): not back after ${SETTLE_S} s, but the client had left before the first byte, and a release may hold such a call for up to 600 s; \`--settle 11m\` tells.
  **below-zero** (inconclusive): slots were given back twice, so more calls than the limit are let in; these were too short to be seen beside each other.
- **healthy or leak**: the release gives back by which of its tasks is quicker, so the same cell comes out either way.

Written by \`LLMCTL_WRITE_DOCS=1 bin/test test/litellm/matrix.test.ts\` from \`test/integration/litellm/matrix/expected.ts\`.

${RELEASES.map(section).join("\n\n")}
`;

function section(version: (typeof RELEASES)[number]): string {
  const rows = new Map<string, Map<string, Expected>>();
  for (const cell of expectedOf(version)) {
    const name = `| ${cell.endpoint} | ${cell.model} | ${cell.stream ? "stream" : "plain"} |`;
    const row = rows.get(name) ?? new Map<string, Expected>();
    rows.set(name, row.set(cell.ending, cell));
  }
  const head = `| endpoint | model | mode | ${ENDINGS.join(" | ")} |`;
  const rule = `|${" --- |".repeat(ENDINGS.length + 3)}`;
  const lines = [...rows].map(
    ([name, cells]) => `${name} ${ENDINGS.map((ending) => words(cells.get(ending))).join(" | ")} |`,
  );
  return [`## LiteLLM ${version}`, "", head, rule, ...lines].join("\n");
}

function words(cell: Expected | undefined): string {
  if (!cell) return "";
  const text = cell.outcomes.map((one) => one.replace(/^inconclusive: /, "")).join(" or ");
  return cell.outcomes.includes("leak") || cell.outcomes.includes("over-admission") ? `**${text}**` : text;
}
