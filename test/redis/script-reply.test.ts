import { expect, test } from "vitest";
import { ScriptReply } from "../../src/redis/script-reply.js";

const script = { name: "read" };

test("parts are taken in order, lists by themselves", () => {
  const reply = new ScriptReply(script, ["zset", 5, Buffer.from("über"), Buffer.from([0, 255]), ["a", "1"], ""]);
  expect([reply.text(), reply.number(), reply.text()]).toEqual(["zset", 5, "über"]);
  expect([...reply.bytes()]).toEqual([0, 255]);
  const list = reply.list();
  expect([list.done, list.text(), list.text(), list.done]).toEqual([false, "a", "1", true]);
  expect([reply.done, reply.text(), reply.done]).toEqual([false, "", true]);
});

test.each([
  ["a number where a text should be", [1], "text"],
  ["a text where a number should be", ["1"], "number"],
  ["a text where bytes should be", ["1"], "bytes"],
  ["a text where a list should be", ["1"], "list"],
  ["nothing where a text should be", [], "text"],
  ["nil where a number should be", [null], "number"],
] as const)("%s is a defect that names the script", (_, parts, take) => {
  const reply = new ScriptReply(script, parts);
  expect(() => reply[take]()).toThrow(/^script read: /);
});

test("a reply that is no list is a defect", () => {
  expect(() => new ScriptReply(script, "OK")).toThrow(/^script read: /);
  expect(() => new ScriptReply(script, undefined)).toThrow(/^script read: /);
});
