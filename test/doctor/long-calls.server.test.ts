import type { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { doctor } from "../../src/doctor/command.js";
import { doctorDocument } from "../../src/output/documents/doctor.js";
import {
  checkOf,
  counter,
  fixing,
  hash,
  openServerFixture,
  type ServerFixture,
  WATCH,
  yes,
} from "../support/doctor-fixture.js";
import { documentResult } from "../support/document-result.js";
import { errorOf } from "../support/keys-session.js";
import { openTerminal } from "../support/pty.js";

let fixture: ServerFixture;
const redis = () => fixture.redis.client;
const SECOND = { LITELLM_RATE_LIMIT_WINDOW_SIZE: "1" };

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(() => redis().flushall());

/** `doctor --fix` on a terminal, with its questions answered; nothing is said of the longest call. */
function onTerminal(answers: Parameters<typeof openTerminal>[1]) {
  const { context, screen } = openTerminal(fixture.context().settings, answers);
  return { work: doctor({ ...context, env: SECOND }, { ...fixing, limit: "2", observe: WATCH }), context, screen };
}

const QUESTION = `Calls longer than 1 s on ${hash.slice(0, 12)}… right now?`;

test("on a terminal one question settles it: no is the operator's word, and the observation is not made again", async () => {
  await redis().set(counter, "2");
  const begun = performance.now();
  const { work, screen } = onTerminal([
    [QUESTION, "n\r"],
    ["Make this repair?", "y\r"],
  ]);
  const { document, exit } = await documentResult(work);
  expect(doctorDocument.parse(document).repairs).toMatchObject([
    { status: "done", evidence: [expect.stringMatching(/^locked: never below 2 .*no call takes longer than 1 s$/)] },
  ]);
  expect(exit).toBe(0);
  expect(screen().match(/watching 1 counter/g)).toHaveLength(1);
  expect(performance.now() - begun).toBeLessThan(8000);
});

test.each([
  ["yes", "y\r"],
  ["nothing, which is yes", "\r"],
])("%s leaves the counter alone and says what would be enough", async (_, answer) => {
  await redis().set(counter, "2");
  const { work } = onTerminal([[QUESTION, answer]]);
  const { document } = await documentResult(work);
  const { repairs, next } = doctorDocument.parse(document);
  expect(repairs).toEqual([]);
  expect(next).toContain("llmctl doctor --fix --limit 2 --longest-call 1s");
  expect(await redis().get(counter)).toBe("2");
});

test("a call that ends while the question stands makes the answer void, though another has taken its place", async () => {
  await redis().set(counter, "2");
  const typing: { stdin?: { write(text: string): unknown } } = {};
  const meanwhile = async () => {
    await redis().set(counter, "1");
    await sleep(700);
    await redis().set(counter, "2");
    typing.stdin?.write("n\r");
  };
  const { work, context } = onTerminal([[QUESTION, () => void meanwhile()]]);
  typing.stdin = context.terminal.stdin as unknown as PassThrough;
  const { document } = await documentResult(work);
  expect(doctorDocument.parse(document).repairs).toEqual([]);
  expect(await redis().get(counter)).toBe("2");
});

test("--dry-run asks nothing", async () => {
  await redis().set(counter, "2");
  const { context } = openTerminal({ ...fixture.context().settings, dryRun: true }, []);
  const { document } = await documentResult(
    doctor({ ...context, env: SECOND }, { ...fixing, limit: "2", observe: WATCH }),
  );
  expect(doctorDocument.parse(document).repairs).toEqual([]);
});

test("Ctrl-C at the question changes nothing", async () => {
  await redis().set(counter, "2");
  const { work } = onTerminal([[QUESTION, "\u0003"]]);
  expect(await errorOf(work)).toMatchObject({ exit: 130 });
  expect(await redis().get(counter)).toBe("2");
});

test("unattended it is left alone, and three lines say what would be enough", async () => {
  await redis().set(counter, "2");
  const seen = await fixture.doctor({ ...fixing, limit: "2", observe: WATCH }, yes);
  expect(seen).toMatchObject({ exit: 0, document: { repairs: [], backup: null } });
  expect(seen.document.next).toEqual([
    `llmctl doctor --fix --key '${counter}' --limit 2 --idle`,
    "llmctl doctor --fix --limit 2 --longest-call 1s",
    "llmctl doctor --watch --fix --limit 2 --yes",
  ]);
  expect(checkOf(seen, "locked")).toMatchObject({
    status: "warn",
    advice:
      "if nothing is using the key now: --fix --idle; if no call of yours takes longer than 1s: --fix --longest-call 1s; otherwise --watch --fix proves it after 10 min",
    findings: [{ evidence: [expect.stringMatching(/looked locked for 1 s, but calls in flight look the same/)] }],
  });
  expect(await redis().get(counter)).toBe("2");
});
