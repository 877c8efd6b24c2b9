import fc from "fast-check";
import { expect, test } from "vitest";
import { maskKey, Redactor } from "../../src/terminal/redact.js";

const redact = (text: string, secrets: string[] = [], allowed: string[] = []): string => {
  const redactor = new Redactor();
  for (const secret of secrets) redactor.learn(secret);
  return redactor.text(text, allowed);
};

const secrets = fc.oneof(
  fc.string({ minLength: 8, maxLength: 40, unit: "binary" }),
  fc.string({ minLength: 8, maxLength: 40 }).map((text) => `sk-${text}`),
  fc.constantFrom(
    'sk-"quoted"_and*starred',
    "sk-a.b.c.d.e$&xx",
    "pass$`word$'",
    "p@ss/w:rd#1",
    "ääääääää",
    "\u001b[31mred\u001b[0m",
  ),
);
/** Not made of the secret itself, or what stays of two halves could be the whole again. */
const around = fc.string({ unit: "binary", maxLength: 30 });

test("lets no planted secret through, whatever stands around it", () => {
  fc.assert(
    fc.property(secrets, around, around, (secret, before, after) => {
      fc.pre(!maskKey(secret).includes(secret));
      expect(redact(before + secret + after, [secret])).not.toContain(secret);
    }),
    { numRuns: 1000 },
  );
});

test("lets none of several through, one inside another or beside it", () => {
  fc.assert(
    fc.property(fc.array(secrets, { minLength: 2, maxLength: 4 }), fc.boolean(), (all, nested) => {
      const planted = nested ? [...all, all.join("")] : all;
      const clean = redact(planted.join(" "), planted);
      for (const secret of planted) expect(clean).not.toContain(secret);
    }),
  );
});

test("hides the whole of a secret that begins with another", () => {
  expect(redact("the-password-and-more", ["the-password", "the-password-and-more"])).toBe("…");
});

test("finds a secret in JSON, in JSON within JSON, in a URL, in CSV and in Markdown", () => {
  fc.assert(
    fc.property(secrets, (secret) => {
      const json = JSON.stringify({ error: secret });
      const markdown = secret.replace(/[\\`*_|<>[\]]/g, "\\$&");
      const whole = Buffer.from(secret).toString();
      for (const text of [
        json,
        JSON.stringify({ body: json }),
        `?key=${encodeURIComponent(whole)}`,
        `?${new URLSearchParams({ key: whole })}`,
        `"${secret.replaceAll('"', '""')}"`,
        `| ${markdown} |`,
      ]) {
        const clean = redact(text, [secret]);
        for (const form of [secret, markdown, encodeURIComponent(whole)]) expect(clean).not.toContain(form);
      }
    }),
  );
});

test("knows a key by its look, though nobody told of it", () => {
  const key = "sk-Foreign_Key-0001xyz9";
  const escaped = key.replaceAll("_", "\\_");
  for (const [text, clean] of [
    [`key ${key}.`, "key sk-…xyz9."],
    [`"${key}"`, '"sk-…xyz9"'],
    [`Bearer\\n${key}`, "Bearer\\nsk-…xyz9"],
    [`\u001b[31m${key}\u001b[39m`, "\u001b[31msk-…xyz9\u001b[39m"],
    [`my_${key}`, "my_sk-…xyz9"],
    [`| ${escaped} |`, "| sk-…xyz9 |"],
    [`key=${key}&a=1`, "key=sk-…xyz9&a=1"],
  ]) {
    expect(redact(text as string)).toBe(clean);
  }
});

test("leaves words alone that only look a little like a key", () => {
  for (const text of [
    "task-management-system",
    "disk-performance",
    "sk-short",
    "sk-...abcd",
    "ask-anything-you-like",
  ]) {
    expect(redact(text)).toBe(text);
  }
});

test("hides passwords in URLs, also those with an @ in them", () => {
  expect(redact("redis://user:pass@host:6379/0")).toBe("redis://user:…@host:6379/0");
  expect(redact("redis://:p@ss@host:6379")).toBe("redis://:…@host:6379");
  expect(redact("a https://u:p@h/x and postgres://u:p@h")).toBe("a https://u:…@h/x and postgres://u:…@h");
  expect(redact("http://127.0.0.1:4000/v1 me@example")).toBe("http://127.0.0.1:4000/v1 me@example");
});

test("shows the one secret that an output exists to show, in every format, and no other", () => {
  const [made, admin] = ["sk-new_key-of-somebody", "sk-master-of-a-test"];
  expect(redact(`${made} ${admin}`, [made, admin], [made])).toBe(`${made} sk-…test`);
  const escaped = made.replaceAll("_", "\\_");
  expect(redact(escaped, [made], [made])).toBe(escaped);
  expect(redact(made, [], [made])).toBe(made);
});

test("searches for no secret so short that it is a word", () => {
  expect(redact("redis is redis", ["redis"])).toBe("redis is redis");
  expect(redact("the key sk-1234 is", ["sk-1234"])).toBe("the key sk-… is");
  expect(redact("nothing", [""])).toBe("nothing");
  const redactor = new Redactor();
  redactor.learn(undefined);
  expect(redactor.text("nothing")).toBe("nothing");
});

test("shows the last four characters of a long key, and nothing of a password", () => {
  expect(maskKey("sk-SBSw1234abcd")).toBe("sk-…abcd");
  expect(maskKey("sk-1234567")).toBe("sk-…");
  expect(maskKey("correct horse battery")).toBe("…");
});
