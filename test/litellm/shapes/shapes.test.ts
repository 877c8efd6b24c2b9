import { expect, test } from "vitest";
import { parallelKey } from "../../../src/litellm/key-name.js";
import { shapeOf } from "../../../src/litellm/shapes/index.js";
import { HASH, named, other, PARALLEL, set, text } from "./readings.js";

const MINUTE = named(`${HASH}::2026-11-23-02-28::request_count`);

test("recognises a shape by name and TYPE, not by the release", () => {
  expect(shapeOf(PARALLEL, text("3"))?.kind).toBe("windowed");
  expect(shapeOf(PARALLEL, set(1000))?.kind).toBe("slots");
  expect(shapeOf(named(parallelKey(HASH, "prod")), set(1000))?.kind).toBe("slots");
  expect(shapeOf(MINUTE, text("{}"))?.kind).toBe("minute");
});

test("recognises nothing in types that no release writes, and in rates", () => {
  for (const type of ["hash", "list", "set", "stream", "none"])
    expect(shapeOf(PARALLEL, other(type)), type).toBeUndefined();
  for (const name of [`{api_key:${HASH}}:window`, "{user:u}:max_parallel_requests"]) {
    expect(shapeOf(named(name), text("3")), name).toBeUndefined();
    expect(shapeOf(named(name), set(1000)), name).toBeUndefined();
  }
});
