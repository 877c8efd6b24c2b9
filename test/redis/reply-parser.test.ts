import fc from "fast-check";
import { expect, test } from "vitest";
import { type BulkReply, Refusal, ReplyParser } from "../../src/redis/reply-parser.js";

const reply: fc.Arbitrary<BulkReply> = fc.letrec<{ reply: BulkReply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 2 },
    fc.string({ unit: "binary" }),
    fc.integer(),
    fc.constant(null),
    fc.constant(new Refusal("WRONGTYPE Operation against a key")),
    fc.array(tie("reply"), { maxLength: 4 }),
  ),
})).reply;

/** As Redis writes it. */
function wire(one: BulkReply): string {
  if (one === null) return "$-1\r\n";
  if (typeof one === "number") return `:${one}\r\n`;
  if (typeof one === "string") return `$${Buffer.byteLength(one)}\r\n${one}\r\n`;
  if (one instanceof Refusal) return `-${one.message}\r\n`;
  return `*${one.length}\r\n${one.map(wire).join("")}`;
}

test("takes any replies apart, wherever the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(reply, { minLength: 1 }), fc.array(fc.nat(12)), (replies, cuts) => {
      const bytes = Buffer.from(replies.map(wire).join(""));
      const parser = new ReplyParser();
      const got: BulkReply[] = [];
      let at = 0;
      for (const size of [...cuts, bytes.length]) {
        parser.push(bytes.subarray(at, at + size));
        at += size;
        for (let one = parser.take(1); one; one = parser.take(1)) got.push(...one);
      }
      expect(got).toEqual(replies);
    }),
  );
});

test("a status is a text, an empty list is one, and no list is null", () => {
  const parser = new ReplyParser();
  parser.push(Buffer.from("+zset\r\n*0\r\n*-1\r\n"));
  expect(parser.take(3)).toEqual(["zset", [], null]);
  expect(parser.take(1)).toBeUndefined();
});
