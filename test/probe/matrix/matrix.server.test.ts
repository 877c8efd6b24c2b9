import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseRedisUrl } from "../../../src/config/redis-url.js";
import { type LabOptions, type RunningLab, startLab } from "../../../src/lab/proxy.js";
import { type MatrixCell, type MatrixDocument, matrixDocument } from "../../../src/output/documents/matrix.js";
import { probe } from "../../../src/probe/command.js";
import type { ProbeFlags } from "../../../src/probe/options.js";
import { session } from "../../support/keys-session.js";

let lab: RunningLab;
let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "llmctl-matrix-"));
});
afterEach(async () => {
  await lab?.stop();
  await rm(stateDir, { recursive: true });
});

const FLAGS: ProbeFlags = {
  matrix: true,
  tempKey: true,
  mpr: "2",
  rpm: "1000",
  scripted: true,
  rounds: "1",
  maxTokens: "16",
  maxLag: "150ms",
  settle: "400ms",
  maxTime: "20s",
  connectTimeout: "2s",
  firstByteTimeout: "5s",
  callTimeout: "10s",
};

interface Result {
  document: MatrixDocument;
  exit: number;
  said: string;
}

async function matrixOf(options: LabOptions, flags: Partial<ProbeFlags>, dryRun = false): Promise<Result> {
  lab = await startLab(options);
  const { context, stderr } = session({
    baseUrl: lab.baseUrl,
    apiKey: lab.masterKey,
    redis: parseRedisUrl(lab.redisUrl, "redisUrl"),
    stateDir,
    dryRun,
  });
  const outcome = await probe(context, undefined, { ...FLAGS, ...flags });
  return { document: matrixDocument.parse(outcome.document), exit: outcome.exit, said: stderr() };
}

const inShort = ({ endpoint, stream, ending, status }: MatrixCell) =>
  `${endpoint} ${stream ? "stream" : "plain"} ${ending}: ${status}`;

const keyOf = (run: string): string => JSON.parse(run.slice(0, run.indexOf("\n"))).target.key;

describe("probe --matrix", () => {
  it("finds the leak in its cells and nowhere else, and leaves no key behind", async () => {
    const { document, exit, said } = await matrixOf(
      { sick: "messages-never-release" },
      { only: "chat/plain/completed,messages/plain/completed,messages/provider-500/plain,responses/stream/completed" },
    );
    expect(document.cells.map(inShort)).toEqual([
      "/v1/chat/completions plain completed: healthy",
      "/v1/messages plain completed: leak",
      "/v1/messages plain provider-500: leak",
      "/v1/responses stream completed: leak",
    ]);
    expect(exit).toBe(3);
    expect(said.indexOf("tokens in all")).toBeLessThan(said.indexOf("healthy"));
    expect(lab.keys.newestFirst()).toHaveLength(1);
    expect(document.cells.every(({ run }) => run?.startsWith(stateDir))).toBe(true);
  });

  it("is healthy where the release is, with whatever end the provider makes", async () => {
    const { document, exit } = await matrixOf(
      {},
      { only: "messages/completed,messages/provider-500,chat/stream/cut,responses/plain/provider-429" },
    );
    expect(document.cells.map(inShort).filter((cell) => !cell.endsWith("healthy"))).toEqual([]);
    expect(document.cells).toHaveLength(6);
    expect(exit).toBe(0);
  });

  it("says which cells a model that takes no orders cannot show", async () => {
    const { document, exit } = await matrixOf(
      {},
      { scripted: false, prompt: "wait=100", only: "chat/plain", skip: "aborted-early" },
    );
    expect(document.cells.map(inShort)).toEqual([
      "/v1/chat/completions plain completed: healthy",
      "/v1/chat/completions plain provider-500: skipped",
      "/v1/chat/completions plain provider-429: skipped",
      "/v1/chat/completions plain timeout: skipped",
    ]);
    expect(exit).toBe(0);
  });

  it("tries each model behind each route", async () => {
    const { document } = await matrixOf(
      { sick: "responses-never-release" },
      { only: "responses/plain/completed", model: "gpt-lab,claude-lab" },
    );
    expect(document.cells.map(({ model, status }) => [model, status])).toEqual([
      ["gpt-lab", "healthy"],
      ["claude-lab", "leak"],
    ]);
  });

  it("runs cells side by side, each with a key of its own, and tells them in order", async () => {
    const { document, exit } = await matrixOf(
      { sick: "messages-never-release" },
      { only: "plain/completed,plain/provider-500", skip: "completions", jobs: "3" },
    );
    expect(document.cells.map(inShort)).toEqual([
      "/v1/chat/completions plain completed: healthy",
      "/v1/chat/completions plain provider-500: healthy",
      "/v1/messages plain completed: leak",
      "/v1/messages plain provider-500: leak",
      "/v1/responses plain completed: leak",
      "/v1/responses plain provider-500: leak",
    ]);
    expect(exit).toBe(3);
    expect(lab.keys.newestFirst()).toHaveLength(1);
    const keys = await Promise.all(document.cells.map(async ({ run }) => keyOf(await readFile(run ?? "", "utf8"))));
    expect(new Set(keys).size).toBe(6);
  });

  it.each([
    [{ jobs: "2", tempKey: false, mpr: undefined, rpm: undefined }, "--temp-key"],
    [{ jobs: "0" }, "--jobs"],
  ])("does not run %j", async (flags, hint) => {
    await expect(matrixOf({}, flags)).rejects.toMatchObject({ exit: 2, hint: expect.stringContaining(hint) });
  });

  it("waits for the slots of a cell before the next begins with the same key", { timeout: 60_000 }, async () => {
    const keyFile = join(stateDir, "key.txt");
    await writeFile(keyFile, "sk-key-of-the-lab-0002");
    const { document } = await matrixOf(
      { key: "sk-key-of-the-lab-0002" },
      {
        ...{ tempKey: false, mpr: undefined, rpm: undefined, keyFile },
        ...{ only: "chat/plain/aborted-early,chat/plain/provider-500", maxLag: "500ms", settle: "16s", maxTime: "60s" },
      },
    );
    expect(document.cells.map(inShort)).toEqual([
      "/v1/chat/completions plain aborted-early: slow-release",
      "/v1/chat/completions plain provider-500: healthy",
    ]);
  });

  it("takes no endpoint beside it, and its own flags are for nothing else", async () => {
    const { context } = session({ baseUrl: "http://127.0.0.1:9", stateDir });
    const refusal = { exit: 2, code: "contradiction" };
    await expect(probe(context, "messages", FLAGS)).rejects.toMatchObject({ ...refusal, hint: "pick cells by --only" });
    const one = { ...FLAGS, matrix: false, scripted: false, only: "chat" };
    await expect(probe(context, "chat", one)).rejects.toMatchObject({
      ...refusal,
      hint: expect.stringContaining("--matrix"),
    });
  });

  it("lists in a dry run which cells would be run, and sends nothing", async () => {
    const keyFile = join(stateDir, "key.txt");
    await writeFile(keyFile, "sk-key-of-the-lab-0001");
    const { document, exit, said } = await matrixOf(
      { key: "sk-key-of-the-lab-0001" },
      { tempKey: false, mpr: undefined, rpm: undefined, keyFile, scripted: false, only: "chat,messages/plain" },
      true,
    );
    expect(document.cells.map(inShort)).toEqual([
      "/v1/chat/completions plain completed: planned",
      "/v1/chat/completions plain aborted-early: planned",
      "/v1/chat/completions plain provider-500: skipped",
      "/v1/chat/completions plain provider-429: skipped",
      "/v1/chat/completions plain timeout: skipped",
      "/v1/chat/completions stream completed: planned",
      "/v1/chat/completions stream aborted-stream: planned",
      "/v1/chat/completions stream aborted-early: planned",
      "/v1/chat/completions stream provider-500: skipped",
      "/v1/chat/completions stream provider-429: skipped",
      "/v1/chat/completions stream cut: skipped",
      "/v1/chat/completions stream timeout: skipped",
      "/v1/messages plain completed: planned",
      "/v1/messages plain aborted-early: planned",
      "/v1/messages plain provider-500: skipped",
      "/v1/messages plain provider-429: skipped",
      "/v1/messages plain timeout: skipped",
    ]);
    expect(document.cells[0]).toMatchObject({ model: "gpt-lab", proof: "", slots: [], calls: 0, run: null });
    expect(said).toContain("17 cells on");
    expect(said).not.toContain("planned\n");
    expect(exit).toBe(0);
    expect(lab.stats().seen).toBe(0);
    expect(lab.keys.newestFirst()).toHaveLength(1);
  });

  it("makes no key for a dry run", async () => {
    await expect(matrixOf({}, {}, true)).rejects.toMatchObject({
      exit: 2,
      message: expect.stringContaining("makes no key"),
    });
    expect(lab.keys.newestFirst()).toHaveLength(1);
  });
});
