import { describe, expect, it } from "vitest";
import { renderCsv } from "../../../src/output/csv.js";
import { matrixDocument } from "../../../src/output/documents/matrix.js";
import { renderHtml } from "../../../src/output/html/index.js";
import { renderMarkdown } from "../../../src/output/markdown.js";
import { renderTable } from "../../../src/output/table.js";
import { matrixIssue, matrixPage } from "../../../src/probe/matrix/page.js";
import { brief, view } from "../../../src/probe/matrix/view.js";
import { matrixOf } from "../../support/matrix-documents.js";

const document = matrixDocument.parse(matrixOf("1.79.1"));

describe("a matrix on a terminal", () => {
  it("fits 80 columns with every word whole, and tells each proof once, below", () => {
    const text = renderTable(view(document), { colour: false, width: 80 });
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(text).not.toContain("…");
    expect(text).toMatch(/^\/v1\/chat\/completions +gpt-lab +plain +completed +healthy$/m);
    expect(text).toMatch(/^\/v1\/messages +gpt-lab +plain +completed +leak +2$/m);
    expect(text).toMatch(/^\/v1\/messages +gpt-lab +plain +provider-500 +leak +2$/m);
    expect(text.replace(/\s+/g, " ").split("the counter rose by 3 over 3 admitted calls")).toHaveLength(2);
    expect(text).toMatch(/^2 {2}the counter rose/m);
  });

  it("counts the verdicts, worst first", () => {
    const counts = "2 leak, 1 over-admission, 1 false-rejection, 1 slow-release, 1 inconclusive, 1 healthy, 1 skipped";
    expect(brief(document.cells)).toBe(counts);
    expect(renderTable(view(document), { colour: false, width: 0 })).toContain(counts);
  });
});

describe("a matrix that is only planned", () => {
  const [first, , , , , , , last] = document.cells;
  const planned = { ...first, status: "planned" as const, calls: 0, run: null };
  const plan = matrixDocument.parse({ ...document, cells: [planned, last] });

  it("has a line without a verdict for each cell that would be run", () => {
    const text = renderTable(view(plan), { colour: false, width: 80 });
    expect(text).toMatch(/^\/v1\/chat\/completions +gpt-lab +plain +completed +-$/m);
    expect(text).toMatch(/^\/v1\/messages +gpt-lab +stream +provider-429 +skipped +1$/m);
    expect(text).toContain("1 planned, 1 skipped");
  });

  it("claims no proof on its page and in its issue", async () => {
    const html = await renderHtml(matrixPage(plan));
    expect(html).toContain("every route and ending: planned</h1>");
    expect(html).toContain("not run: --dry-run");
    expect(html).not.toContain("every slot came back");
    expect(renderMarkdown(matrixIssue(plan))).not.toContain("What proves it");
  });
});

it("a matrix as CSV has a line for each cell with its proof", () => {
  const [head, first, , third] = renderCsv(view(document).rows ?? []).split("\r\n");
  expect(head).toBe("endpoint,model,stream,ending,status,proof,slots,calls,run");
  expect(first).toBe(`/v1/chat/completions,gpt-lab,false,completed,healthy,,[],7,${document.cells[0]?.run}`);
  expect(third).toContain(`leak,${document.cells[2]?.proof},"[""0f3a"",""1b77""]",7`);
});

describe("a matrix as Markdown", () => {
  it("has no address in it, whoever wrote it", () => {
    const [first] = document.cells;
    const proof = "calls failed by themselves (call 1: 500 from http://internal.host/x at 10.1.2.3:8080)";
    const cells = [{ ...first, status: "inconclusive" as const, proof }];
    const issue = renderMarkdown(matrixIssue(matrixDocument.parse({ ...matrixOf(null), cells })));
    expect(issue).toContain("500 from http://…");
    expect(issue).not.toMatch(/internal|127\.0\.0\.1|10\.1\.2\.3/);
  });

  const text = renderMarkdown(matrixIssue(document));

  it("has the verdicts by row and ending", () => {
    const lines = text.split("\n");
    expect(lines[0]).toBe("## LiteLLM 1.79.1, every route and ending: leak");
    expect(text).toContain(
      "|  |  |  | completed | aborted-stream | provider-500 | provider-429 | cut | timeout |\n" +
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n" +
        "| /v1/chat/completions | gpt-lab | plain | healthy |  |  |  |  | slow-release |\n" +
        "| /v1/messages | gpt-lab | plain | leak |  | leak |  |  |  |\n" +
        "| /v1/messages | gpt-lab | stream |  | over-admission |  | skipped | false-rejection | inconclusive |",
    );
  });

  it("proves what is wrong, and leaves out paths of the machine that it was run on", () => {
    expect(text).toContain("| leak | the counter rose by 3");
    expect(text).not.toContain("| healthy | every slot");
    expect(text).toContain("20261123T090000-abcdef");
    expect(text).not.toContain("/home/somebody");
  });
});

describe("the page of a matrix", () => {
  it("leads from every word of the heat table to a row that is there, in words and not by colour alone", async () => {
    const html = await renderHtml(matrixPage(document));
    const cells = [...html.matchAll(/<td class="(\w+(?: faint)?)"><a href="#(cell-\d+)">([\w-]+)<\/a><\/td>/g)];
    expect(cells.map(([, tone, , word]) => `${word}: ${tone}`)).toEqual([
      "healthy: good",
      "slow-release: bad faint",
      "leak: bad",
      "leak: bad",
      "over-admission: bad",
      "skipped: dim",
      "false-rejection: bad faint",
      "inconclusive: warn",
    ]);
    for (const [, , id] of cells) expect(html.split(`id="${id}"`)).toHaveLength(2);
  });

  it("says what was run when no cell was, and whose it was when the server did not tell", async () => {
    const html = await renderHtml(matrixPage({ ...matrixOf(null), cells: [] }));
    expect(html).toContain("No cell was run.");
    expect(html).toContain("<h1>http://127.0.0.1:4000, every route and ending: skipped</h1>");
  });
});
