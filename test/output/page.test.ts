import { describe, expect, it } from "vitest";
import { render } from "../../src/output/index.js";
import { type Page, paragraph, section, table } from "../../src/output/page.js";
import { toned } from "../../src/terminal/colour.js";
import { collect } from "../support/collect.js";

const columns = [{ name: "name" }, { name: "count", align: "right" as const }];
const cells = table(columns, [["a|b", "1"]]);

const page: Page = {
  title: "a <b> & *c*",
  status: { word: "leak", tone: "bad", lines: ["it leaks"] },
  blocks: [
    section("one", "One", [
      paragraph(toned("warn", "mind"), "this"),
      { kind: "heading", text: "Below" },
      { kind: "facts", facts: [["key", "sk-…"]] },
      { kind: "code", text: "echo `a` ```" },
      { ...cells, title: "Long", show: "scrolling", rowIds: ["row-1"] },
      { ...cells, title: "Folded", show: "folded" },
      {
        kind: "heatmap",
        title: "Heat & more",
        columns: ["<cut>"],
        rows: [
          { names: ["/v1/a", "m|x"], cells: [{ text: "leak", to: "row-1", tone: "bad" }] },
          { names: ["/v1/b", "m"], cells: [null] },
        ],
      },
      { kind: "evidence", text: "seen", links: [{ text: "call 1", to: "row-1" }], names: ["slot_1"] },
      {
        kind: "chart",
        id: "c",
        title: "Chart",
        words: "all is said",
        legend: [],
        draw: () => ({ height: 10, option: {}, titles: [] }),
      },
    ]),
  ],
  attachment: { name: "run.ndjson", text: '{"a":"</script>"}\n' },
};
const outcome = {
  kind: "document",
  document: { schema: "llmctl.thing/1" },
  page: { blocks: [cells] },
  exit: 0,
  pages: { html: () => page, markdown: () => page },
} as const;
const text = async (one: Parameters<typeof render>[0], format: "html" | "markdown") =>
  (await collect(render(one, format, { colour: false, width: 0, quiet: false }))).join("");

describe("a page", () => {
  it("is Markdown that GitHub draws: escaped, fenced, folded, charts in words", async () => {
    expect(await text(outcome, "markdown")).toBe(`## a \\<b\\> & \\*c\\*

**leak**: it leaks

### One

mind\u0020\u0020
this

#### Below

| what | value |
| --- | --- |
| key | sk-… |

\`\`\`\`sh
echo \`a\` \`\`\`
\`\`\`\`

| name | count |
| --- | ---: |
| a\\|b | 1 |

<details><summary>Folded</summary>

| name | count |
| --- | ---: |
| a\\|b | 1 |

</details>

|  |  | \\<cut\\> |
| --- | --- | --- |
| /v1/a | m\\|x | leak |
| /v1/b | m |  |

- seen call 1 slot\\_1

all is said
`);
  });

  it("is a page that forbids itself every request and carries its data", async () => {
    const html = await text(outcome, "html");
    expect(html).toContain("<title>a &lt;b&gt; &amp; *c*</title>");
    expect(html).toMatch(
      /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-/,
    );
    expect(html).toContain('data-name="run.ndjson">\n{"a":"\\u003c/script>"}\n</script>');
    expect(html).toContain('<tr id="row-1"><th scope="row">a|b</th><td class="right">1</td></tr>');
    expect(html).toContain('<a href="#row-1">call 1</a>');
    expect(html).toContain('aria-label="Chart. all is said"');
    expect(html.match(/https?:\/\/[^"]+/g)?.filter((one) => !one.startsWith("http://www.w3.org/"))).toEqual([]);
  });
});

it("the page of a command without another for HTML is its terminal's, and its document", async () => {
  const { pages: _, ...rest } = outcome;
  const html = await text(rest, "html");
  expect(html).toContain("<h1>llmctl thing</h1>");
  expect(html).toContain('<th scope="row">a|b</th>');
  expect(html).toContain('data-name="llmctl.thing.json"');
  expect(await text(rest, "markdown")).toBe("| name | count |\n| --- | ---: |\n| a\\|b | 1 |\n");
});
