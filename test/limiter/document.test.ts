import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { build } from "../faults/fleet.js";
import { onRedis } from "./stores.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

onRedis((backend) => {
  let built = "";
  afterAll(() => rm(built, { recursive: true, force: true }));

  test("the example of the document compiles and does what it says", { timeout: 60_000 }, async () => {
    const text = await readFile(join(root, "docs/limiter.md"), "utf8");
    const example = text.match(/```ts\n(.*?)```/s)?.[1] ?? "";
    expect(example.split("\n").filter(Boolean).length).toBeLessThanOrEqual(15);
    built = await build();
    const dir = await mkdtemp(join(built, "example-"));
    await writeFile(join(dir, "example.ts"), example.replace('"llmctl/limiter"', `"${built}/limiter/index.js"`));
    await symlink(join(root, "node_modules"), join(dir, "node_modules"));
    const config = { extends: join(root, "tsconfig.json"), compilerOptions: { noEmit: false }, include: [dir] };
    await writeFile(join(dir, "tsconfig.json"), JSON.stringify(config));
    await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", dir, "--noImplicitAny", "false"]);
    const env = { ...process.env, REDIS_URL: backend.server.url };
    const { stdout } = await run(process.execPath, [join(dir, "example.js")], { env });
    expect(stdout).toMatch(/^an answer\n[01] held\n$/);
  });
});
