import { describe, expect, it } from "vitest";
import { readHeaders } from "../../src/llm/headers.js";

const raw = (...texts: string[]) => texts.map((text) => Buffer.from(text, "latin1"));

describe("headers as they came", () => {
  const some = raw(
    "Content-Type",
    "text/html",
    "X-Same-Length",
    "no",
    "VIA",
    "one",
    "via",
    "tw\u00f6",
    "constructor",
    "x",
  );

  it("are read by lower-case names, those of one name as one text", () => {
    expect(readHeaders(some, null)).toEqual({
      "content-type": "text/html",
      "x-same-length": "no",
      via: "one, tw\u00f6",
      constructor: "x",
    });
  });

  it("are read as far as they are wanted", () => {
    expect(readHeaders(some, ["via", "content-type", "x-sane-length", "constructor"])).toEqual({
      "content-type": "text/html",
      via: "one, tw\u00f6",
      constructor: "x",
    });
    expect(readHeaders([], ["via"])).toEqual({});
  });
});
