import { expect, test } from "vitest";
import { isHash, ownerOfSecret, shortHash } from "../../src/litellm/owner.js";
import { answerOf, RELEASES } from "../support/recorded-replies.js";

test("names a key as LiteLLM does: lowercase hex SHA-256", () => {
  // printf %s sk-1234 | sha256sum
  expect(ownerOfSecret("sk-1234")).toBe("88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b");
  for (const release of RELEASES) {
    const made = JSON.parse(answerOf("admin", release, "create").body);
    expect(made.token, release).toBe(ownerOfSecret(made.key));
  }
});

test("leaves a custom-auth key as it is", () => {
  for (const key of ["my-own-key", "SK-1234", " sk-1234", ""]) expect(ownerOfSecret(key)).toBe(key);
});

test("knows a hash by its look", () => {
  expect(isHash("a".repeat(64))).toBe(true);
  for (const text of ["a".repeat(63), "a".repeat(65), "A".repeat(64), "g".repeat(64), `${"a".repeat(64)}\n`, ""]) {
    expect(isHash(text), text).toBe(false);
  }
});

test("shortens a hash, and nothing else", () => {
  expect(shortHash("0123456789abcdef".repeat(4))).toBe("0123456789ab…");
  expect(shortHash("my-own-key")).toBe("my-own-key");
});
