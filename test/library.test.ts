import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { buildProgram } from "../src/cli/program.js";
import { diagnose, readCounters, repair, runProbe, undo } from "../src/index.js";
import { startLab } from "../src/lab/proxy.js";
import { doctorDocument } from "../src/output/documents/doctor.js";
import { dumpDocument } from "../src/output/documents/dump.js";
import { probeDocument } from "../src/output/documents/probe.js";
import { PROBE_DEFAULTS } from "../src/probe/options.js";
import { counter, openServerFixture, type ServerFixture } from "./support/doctor-fixture.js";
import { errorOf } from "./support/keys-session.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../", import.meta.url));

let fixture: ServerFixture;
const target = () => ({ redisUrl: fixture.server.url, stateDir: fixture.stateDir });

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(async () => {
  await fixture.redis.client.flushall();
  await fixture.redis.client.set(counter, "3");
});

test("the acts return valid documents, and write to no stream of the process", async () => {
  const written = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write"));
  try {
    const options = { ...target(), idle: true };
    const { keys } = dumpDocument.parse(await readCounters(options));
    expect(keys).toMatchObject([{ key: counter, held: 3 }]);
    const { repairs } = doctorDocument.parse(await diagnose(options));
    expect(repairs).toMatchObject([{ key: counter, status: "planned" }]);
    expect(await fixture.redis.client.get(counter)).toBe("3");
    const done = doctorDocument.parse(await repair({ ...options, only: repairs.map(({ id }) => id) }));
    expect(done).toMatchObject({ repairs: [{ key: counter, status: "done" }], backup: expect.stringMatching(/json$/) });
    expect(await fixture.redis.client.exists(counter)).toBe(0);
    expect(doctorDocument.parse(await undo(options)).repairs).toMatchObject([{ key: counter, status: "done" }]);
    expect(await fixture.redis.client.get(counter)).toBe("3");
    for (const write of written) expect(write).not.toHaveBeenCalled();
  } finally {
    for (const write of written) write.mockRestore();
  }
});

test("what goes wrong is thrown, and an empty choice is no choice of all", async () => {
  const { redisUrl: _, ...nowhere } = target();
  expect(await errorOf(diagnose(nowhere))).toMatchObject({ code: "nothing-named", exit: 2 });
  expect(await errorOf(undo({ ...target(), backup: "none" }))).toMatchObject({ code: "unknown-backup", exit: 2 });
  expect(await errorOf(repair({ ...target(), idle: true, only: [] }))).toMatchObject({ code: "no-check", exit: 2 });
  expect(await fixture.redis.client.get(counter)).toBe("3");
});

test("the lines of stderr come as notes, without secrets", async () => {
  const notes: string[] = [];
  const options = {
    ...target(),
    idle: true,
    apiKey: "sk-secret-of-the-admin",
    onNote: (line: string) => notes.push(line),
  };
  await repair({ ...options, only: ["locked"] });
  expect(notes[0]).toBe("plan: 1 repair");
  expect(notes.join("\n")).not.toContain("sk-secret-of-the-admin");
});

test("a probe is judged, and its defaults are those of the program", async () => {
  const lab = await startLab({ sick: "healthy", limit: 2 });
  try {
    const { baseUrl, redisUrl, masterKey: apiKey, key } = lab;
    const document = await runProbe({ baseUrl, redisUrl, apiKey, key, stateDir: fixture.stateDir });
    const { limit, requests, slots } = probeDocument.parse(document);
    expect({ limit: limit.value, slots }).toMatchObject({ limit: 2, slots: { before: 0, after: 0 } });
    expect(requests.ok).toBeGreaterThan(2);
  } finally {
    await lab.stop();
  }
  const probe = buildProgram("0", () => undefined).commands.find((command) => command.name() === "probe");
  expect(probe?.opts()).toEqual({ ...PROBE_DEFAULTS, key: true, input: true, jobs: "1" });
});

test("the example in docs/library.md compiles and does what it says", { timeout: 120_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), "llmctl-library-"));
  try {
    await buildLibrary(dir);
    const text = await readFile(join(root, "docs/library.md"), "utf8");
    await writeFile(join(dir, "example.ts"), text.match(/```ts\n(.*?)```/s)?.[1] ?? "");
    await compile(dir, { files: [join(dir, "example.ts")], compilerOptions: { rootDir: dir } });
    const env = { ...process.env, REDIS_URL: fixture.server.url, XDG_STATE_HOME: fixture.stateDir };
    const { stdout, stderr } = await run(process.execPath, [join(dir, "example.js")], { env });
    expect(stderr).toBe("");
    expect(stdout).toMatch(
      /^3 held: \w+\ndelete the counter, 3 without expiry: idle: .*\ndone\nundo: delete .*: done\n$/,
    );
    expect(await fixture.redis.client.get(counter)).toBe("3");
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

/** The package as its sources are now, so that a program in its folder imports it by its name. */
async function buildLibrary(dir: string): Promise<void> {
  const exports = { ".": { types: "./index.d.ts", default: "./index.js" } };
  await writeFile(join(dir, "package.json"), JSON.stringify({ name: "llmctl", type: "module", exports }));
  await symlink(join(root, "node_modules"), join(dir, "node_modules"));
  await compile(dir, {
    include: [join(root, "src/index.ts"), join(root, "src/**/*.d.ts")],
    compilerOptions: { rootDir: join(root, "src"), declaration: true },
  });
  for (const path of await readdir(join(root, "src"), { recursive: true })) {
    if (path.endsWith(".lua")) await cp(join(root, "src", path), join(dir, path));
  }
}

async function compile(
  dir: string,
  more: { include?: string[]; files?: string[]; compilerOptions: object },
): Promise<void> {
  const compilerOptions = { noEmit: false, outDir: dir, typeRoots: [join(root, "node_modules/@types")] };
  const config = {
    ...{ include: [], ...more, extends: join(root, "tsconfig.json") },
    compilerOptions: { ...compilerOptions, ...more.compilerOptions },
  };
  await writeFile(join(dir, "tsconfig.json"), JSON.stringify(config));
  const { stdout } = await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", dir]).catch(
    (error: { stdout: string }) => error,
  );
  expect(stdout).toBe("");
}
