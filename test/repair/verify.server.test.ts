import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { doctor } from "../../src/doctor/command.js";
import { doctorDocument } from "../../src/output/documents/doctor.js";
import { verifyRepair } from "../../src/repair/verify.js";
import {
  counter,
  fixing,
  hash,
  member,
  openServerFixture,
  type ServerFixture,
  yes,
} from "../support/doctor-fixture.js";
import { documentResult } from "../support/document-result.js";
import { errorOf } from "../support/keys-session.js";
import { openTerminal } from "../support/pty.js";

let fixture: ServerFixture;
const redis = () => fixture.redis.client;

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(() => redis().flushall());

test("a counter that is back as it was right after the repair is exit 6", async () => {
  await redis().set(counter, "3");
  let busy = true;
  const again = (async () => {
    while (busy) await redis().set(counter, "3", "NX");
  })();
  const { exit, document } = await fixture.doctor({ ...fixing, limit: "2" }, yes);
  busy = false;
  await again;
  expect(document.repairs).toMatchObject([
    { status: "done", reason: expect.stringMatching(/not verified: the counter is at 3/) },
  ]);
  expect(exit).toBe(6);
});

const entryOf = (act: object) => ({ act }) as unknown as Parameters<typeof verifyRepair>[1];

test("a removed slot that is there again is not verified; others of the key do not matter", async () => {
  const act = { kind: "release-slots", key: counter, members: [{ id: member(1), score: 5 }] };
  await redis().zadd(counter, 5, member(2));
  expect(await verifyRepair(fixture.redis, entryOf(act))).toBeUndefined();
  await redis().zadd(counter, 5, member(1));
  expect(await verifyRepair(fixture.redis, entryOf(act))).toMatch(/1 of the removed slots/);
});

test("a counter that has an expiry now, and had none, is not the old one: calls of a newer release write it", async () => {
  await redis().set(counter, "5", "EX", 60);
  const act = { kind: "release-counter", key: counter, value: "5", endless: true, lowerBy: null };
  expect(await verifyRepair(fixture.redis, entryOf(act))).toBeUndefined();
  await redis().persist(counter);
  expect(await verifyRepair(fixture.redis, entryOf(act))).toMatch(/at 5 again/);
});

test("a lock that was freed and is full again at once is verified by the calls that succeed", async () => {
  await redis().set(counter, "5", "EX", 60);
  const act = { kind: "release-counter", key: counter, value: "5", endless: false, lowerBy: null };
  const timer = setTimeout(() => void redis().incrby(`{api_key:${hash}}:tokens`, 40), 300);
  expect(await verifyRepair(fixture.redis, entryOf(act))).toBeUndefined();
  clearTimeout(timer);
});

/** A person at a terminal who is asked and answers. */
async function asked(answer: string) {
  const { settings } = fixture.context();
  const { context, screen } = openTerminal(settings, [["Make this repair?", answer]]);
  const outcome = documentResult(doctor(context, { ...fixing, idle: true }));
  return { outcome, screen };
}

test("on a terminal it shows the plan and asks; yes repairs", async () => {
  await redis().set(counter, "3");
  const { outcome, screen } = await asked("y\r");
  const { document, exit } = await outcome;
  expect(screen()).toMatch(/plan: 1 repair[\s\S]*delete the counter[\s\S]*Make this repair\?/);
  expect(doctorDocument.parse(document).repairs).toMatchObject([{ status: "done" }]);
  expect(exit).toBe(0);
});

test("no leaves everything as it was, without a backup", async () => {
  await redis().set(counter, "3");
  const { outcome } = await asked("n\r");
  expect(await errorOf(outcome)).toMatchObject({ exit: 130, message: expect.stringMatching(/nothing was changed/) });
  expect(await redis().get(counter)).toBe("3");
});

test("Ctrl-C during the watch changes nothing and gives the lock back", async () => {
  await redis().set(counter, "3");
  const interruption = new AbortController();
  const here = fixture.context(yes, {}, interruption.signal);
  setTimeout(() => interruption.abort("SIGINT"), 300);
  const error = await errorOf(doctor(here, { ...fixing, limit: "2", observe: "65s" }));
  expect(error).toMatchObject({ exit: 130, message: expect.stringMatching(/nothing was changed/) });
  expect(await redis().get(counter)).toBe("3");
  expect(await fixture.doctor({ ...fixing, limit: "2" }, yes)).toMatchObject({ exit: 0 });
});
