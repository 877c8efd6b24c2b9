import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lastDeletion, recordDeletion } from "../../../src/repair/strategies/through-proxy/journal.js";
import { counter } from "../../support/doctor-fixture.js";
import { errorOf } from "../../support/keys-session.js";

const BASE = "http://proxy.internal:4000";

test("what was deleted through a proxy is read back, but not from a log that others could have written", async () => {
  const dir = await mkdtemp(join(tmpdir(), "llmctl-deletions-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const path = join(dir, "through-proxy.ndjson");
  expect(await lastDeletion(dir, BASE, counter)).toBe(0);
  const at = "2026-11-23T09:30:00.000Z";
  await recordDeletion(dir, { at, baseUrl: BASE, key: counter, evidence: [] });
  expect(await lastDeletion(dir, BASE, counter)).toBe(Date.parse(at));
  await chmod(path, 0o666);
  const refusal = { exit: 2, code: "distrusted-journal", hint: `chmod go-w ${path}` };
  expect(await errorOf(lastDeletion(dir, BASE, counter))).toMatchObject(refusal);
  await rm(path);
  execFileSync("mkfifo", [path]);
  expect(await errorOf(lastDeletion(dir, BASE, counter))).toMatchObject({ exit: 2, code: "distrusted-journal" });
});
