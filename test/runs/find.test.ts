import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { findRun } from "../../src/runs/find.js";
import { runsDir } from "../../src/runs/reader.js";
import { Recorder } from "../../src/runs/writer.js";
import { call } from "../support/events.js";
import { end, HEALTHY, header, LEAK, write } from "../support/run-records.js";

describe("a run is found", () => {
  let state: string;
  const file = (id: string) => join(runsDir(state), `${id}.ndjson`);
  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), "llmctl-find-"));
    await write(file("20261123T090000-aaaaaa"), header("20261123T090000-aaaaaa"), HEALTHY);
    await write(file("20261123T100000-bbbbbb"), header("20261123T100000-bbbbbb"), LEAK);
    await writeFile(file("20261123T110000-nothing"), "no run\n");
  });
  afterAll(() => rm(state, { recursive: true }));

  it("by last: the newest that is one", async () => {
    expect((await findRun("last", state)).header.id).toBe("20261123T100000-bbbbbb");
  });

  it("by its id, by how its id begins, and by its path", async () => {
    expect((await findRun("20261123T090000-aaaaaa", state)).events).toHaveLength(HEALTHY.length);
    expect((await findRun("20261123T09", state)).header.id).toBe("20261123T090000-aaaaaa");
    expect((await findRun(file("20261123T090000-aaaaaa"), state)).torn).toBe(false);
  });

  it.each([
    ["an id that nobody has", "20270101T000000-cccccc", /there is no run/],
    ["the beginning of several ids", "20261123T1", /may be any of: .*bbbbbb, .*nothing/],
    ["a path where nothing is", "/nowhere/x.ndjson", /cannot read .*ENOENT/],
    ["a folder", "/", /cannot read .*EISDIR/],
  ])("or %s is exit 2", async (_what, word, message) => {
    await expect(findRun(word, state)).rejects.toMatchObject({ exit: 2, message: expect.stringMatching(message) });
  });

  it("or a file that is no run, and a folder without runs, is exit 2", async () => {
    await expect(findRun(file("20261123T110000-nothing"), state)).rejects.toMatchObject({ exit: 2 });
    await expect(findRun("last", join(state, "empty"))).rejects.toMatchObject({ exit: 2, code: "no-run" });
  });

  it("while it is being written, and with its last line torn", async () => {
    const recorder = await Recorder.open(join(state, "at-work"), header("now"));
    onTestFinished(() => recorder.close(end(header("now"), [])));
    recorder.write(call(1, 10, 20));
    await expect.poll(async () => (await findRun(recorder.path, state)).events).toEqual([call(1, 10, 20)]);
    expect(await findRun(recorder.path, state)).toMatchObject({ end: null, torn: false });
    await appendFile(recorder.path, '{"kind":"call","n":2,"ro');
    expect(await findRun(recorder.path, state)).toMatchObject({ events: [call(1, 10, 20)], torn: true });
  });
});
