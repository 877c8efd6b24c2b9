import { describe, expect, it } from "vitest";
import { render } from "../../src/output/index.js";
import type { Article, Passage } from "../../src/output/page.js";
import { paragraph, table } from "../../src/output/view.js";
import { toned } from "../../src/terminal/colour.js";
import { collect } from "../collect.js";

const cells = table([{ name: "name" }, { name: "count", align: "right" }], [["a|b", "1"]]) as Extract<
  Passage,
  { kind: "table" }
>;

const article: Article = {
  title: "a <b> & *c*",
  status: { word: "leak", tone: "bad", lines: ["it leaks"] },
  sections: [
    {
      id: "one",
      title: "One",
      passages: [
        paragraph(toned("warn", "mind"), "this"),
        { kind: "heading", text: "Below" },
        { kind: "facts", facts: [["key", "sk-…"]] },
        { kind: "code", text: "echo `a` ```" },
        { kind: "long", title: "Long", table: cells, marks: ["row-1"] },
        { kind: "folded", title: "Folded", table: cells },
        {
          kind: "heat",
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
      ],
    },
  ],
  attachment: { name: "run.ndjson", text: '{"a":"</script>"}\n' },
};
const outcome = {
  document: { schema: "llmctl.thing/1" },
  view: { blocks: [cells], rows: [] },
  exit: 0,
  articles: { html: () => article, markdown: () => article },
};
const text = async (one: Parameters<typeof render>[0], format: "html" | "markdown") =>
  (await collect(render(one, format, { colour: false, width: 0, quiet: false }))).join("");

describe("an article", () => {
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
    const page = await text(outcome, "html");
    expect(page).toContain("<title>a &lt;b&gt; &amp; *c*</title>");
    expect(page).toMatch(
      /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-/,
    );
    expect(page).toContain('data-name="run.ndjson">\n{"a":"\\u003c/script>"}\n</script>');
    expect(page).toContain('<tr id="row-1"><th scope="row">a|b</th><td class="right">1</td></tr>');
    expect(page).toContain('<a href="#row-1">call 1</a>');
    expect(page).toContain('aria-label="Chart. all is said"');
    expect(page.match(/https?:\/\/[^"]+/g)?.filter((one) => !one.startsWith("http://www.w3.org/"))).toEqual([]);
  });
});

it("the page of a command without an article is its view and its document", async () => {
  const { document, view, exit } = outcome;
  const page = await text({ document, view, exit }, "html");
  expect(page).toContain("<h1>llmctl thing</h1>");
  expect(page).toContain('<th scope="row">a|b</th>');
  expect(page).toContain('data-name="llmctl.thing.json"');
  expect(await text({ document, view, exit }, "markdown")).toBe("| name | count |\n| --- | ---: |\n| a\\|b | 1 |\n");
});
