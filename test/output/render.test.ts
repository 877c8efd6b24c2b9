import { expect, test } from "vitest";
import { LlmctlError } from "../../src/errors.js";
import type { DocumentResult, PrintableResult } from "../../src/output/command-result.js";
import { FORMATS, type Format, parseFormat, render } from "../../src/output/index.js";
import { paragraph } from "../../src/output/page.js";
import { collect } from "../support/collect.js";

const outcome: DocumentResult = {
  kind: "document",
  document: {
    schema: "llmctl.keys/1",
    keys: [{ key: { token: "t" }, held: null, limit: 5 }],
  } as DocumentResult["document"],
  page: {
    blocks: [paragraph("for people")],
    rows: [
      { held: null, limit: 5 },
      { held: 1, limit: 5 },
    ],
  },
  exit: 0,
  brief: "essence",
};

const text = async (format: Format, quiet = false, of: PrintableResult = outcome) =>
  (await collect(render(of, format, { colour: false, width: 0, quiet }))).join("");

test("draws the same outcome in every format", async () => {
  expect(JSON.parse(await text("json"))).toEqual(outcome.document);
  expect((await text("ndjson")).split("\n")).toEqual(['{"held":null,"limit":5}', '{"held":1,"limit":5}', ""]);
  expect(await text("csv")).toBe("held,limit\r\n,5\r\n1,5\r\n");
  expect(await text("markdown")).toBe("for people\n");
  expect(await text("table")).toBe("for people\n");
});

test("gives the essence alone with --quiet, and every document whole", async () => {
  expect(await text("table", true)).toBe("essence\n");
  expect(await text("json", true)).toBe(await text("json"));
  const { brief: _, ...rest } = outcome;
  expect(await text("table", true, rest)).toBe("");
});

test("prints rows that are still to come as they come, where the format can", async () => {
  async function* rows() {
    yield [{ held: 7, limit: 8 }];
  }
  const { document, page, exit } = outcome;
  const streamed = () => ({ kind: "stream", document, page, exit, rows: rows() }) as const;
  expect(await text("ndjson", false, streamed())).toBe('{"held":7,"limit":8}\n');
  expect(await text("csv", false, streamed())).toBe("held,limit\r\n7,8\r\n");
  expect(await text("table", false, streamed())).toBe("for people\n");
});

test("refuses a format that it does not know, naming those that it does", () => {
  for (const word of ["xml", "JSON", ""]) {
    try {
      parseFormat(word);
      expect.unreachable(word);
    } catch (error) {
      expect(error).toBeInstanceOf(LlmctlError);
      expect(error).toMatchObject({ exit: 2, hint: expect.stringContaining(FORMATS.join(", ")) });
    }
  }
});
