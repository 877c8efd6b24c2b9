import { execFileSync } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { distrustOfFolder, readTrusted } from "../../src/config/trusted-file.js";

const STRANGER = 65_534;
/** Only root may give a file to somebody else. */
const root = process.geteuid?.() === 0;

let dir: string;
let file: string;
beforeEach(async () => {
  const made = await mkdtemp(join(tmpdir(), "llmctl-trust-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  dir = made;
  file = join(dir, "a.json");
  await writeFile(file, "text", { mode: 0o600 });
});

const whyNot = async (path = file) => {
  const read = await readTrusted(path);
  return read.kind === "distrusted" ? read.distrust : read.kind;
};

test("a file of ours is read, and not again while it is the same", async () => {
  const read = await readTrusted(file);
  expect(read).toMatchObject({ kind: "read", text: "text" });
  const stamp = read.kind === "read" ? read.stamp : "";
  expect(await readTrusted(file, stamp)).toEqual({ kind: "same" });
  await writeFile(file, "longer text");
  expect(await readTrusted(file, stamp)).toMatchObject({ kind: "read", text: "longer text" });
  expect(await readTrusted(join(dir, "nowhere"))).toEqual({ kind: "missing" });
});

test.each([0o620, 0o602, 0o666, 0o777])(
  "one of mode %o is not believed, and the line that fixes it is told",
  async (mode) => {
    await chmod(file, mode);
    expect(await whyNot()).toEqual({
      why: `can be written by others (mode ${mode.toString(8)})`,
      fix: `chmod go-w ${file}`,
    });
  },
);

test.each([0o600, 0o640, 0o644, 0o400])("one of mode %o is", async (mode) => {
  await chmod(file, mode);
  expect(await whyNot()).toBe("read");
});

test.runIf(root)("a file of another user is not believed", async () => {
  await chown(file, STRANGER, STRANGER);
  expect(await whyNot()).toEqual({
    why: `belongs to user ${STRANGER}, and llmctl runs as user 0`,
    fix: `chown 0 ${file}`,
  });
});

test("what is no file is no file, and is not waited for", async () => {
  const pipe = join(dir, "pipe.json");
  execFileSync("mkfifo", [pipe]);
  await mkdir(join(dir, "folder.json"));
  await symlink(file, join(dir, "link.json"));
  for (const name of ["pipe.json", "folder.json", "link.json"]) {
    expect(await whyNot(join(dir, name)), name).toMatchObject({ why: "is no regular file" });
  }
});

test("a folder that others may write is not believed, nor one inside it, up to the state folder", async () => {
  const state = join(dir, "state");
  const runs = join(state, "runs");
  await mkdir(runs, { recursive: true, mode: 0o700 });
  expect(await distrustOfFolder(runs, state)).toBeUndefined();
  expect(await distrustOfFolder(join(state, "nowhere"), state)).toBeUndefined();
  await chmod(state, 0o777);
  expect(await distrustOfFolder(runs, state)).toEqual({
    why: `the folder ${state} can be written by others (mode 777)`,
    fix: `chmod go-w ${state}`,
  });
  expect(await distrustOfFolder(runs)).toBeUndefined();
  await chmod(state, 0o700);
  await chmod(dir, 0o777);
  expect(await distrustOfFolder(runs, state)).toBeUndefined();
  await chmod(runs, 0o770);
  expect(await distrustOfFolder(runs, state)).toMatchObject({
    why: `the folder ${runs} can be written by others (mode 770)`,
  });
});

test("in a folder like /tmp, where nobody takes another's place, a file of ours is believed", async () => {
  await chmod(dir, 0o1777);
  expect(await distrustOfFolder(dir)).toBeUndefined();
});

test.runIf(root)("a folder of another user is not believed, whatever its mode", async () => {
  await chown(dir, STRANGER, STRANGER);
  expect(await distrustOfFolder(dir)).toMatchObject({ why: expect.stringMatching(/belongs to user 65534/) });
});
