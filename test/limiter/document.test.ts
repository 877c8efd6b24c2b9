import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build } from "../faults/worker-processes.js";
import { onRedis } from "./stores.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

onRedis((backend) => {
  let built = "";
  beforeAll(async () => {
    built = await build();
  }, 60_000);
  afterAll(() => rm(built, { recursive: true, force: true }));

  test("compiled, it reads no file and knows no place: a bundler can take it along", async () => {
    const files = await readdir(join(built, "limiter"));
    expect(files).not.toContain("lua");
    for (const file of files.filter((name) => name.endsWith(".js")))
      expect(await readFile(join(built, "limiter", file), "utf8"), file).not.toMatch(/import\.meta|node:fs/);
  });

  test("a process ends when its limiter has closed, however long a call may take", { timeout: 60_000 }, async () => {
    const dir = await mkdtemp(join(built, "exit-"));
    await symlink(join(root, "node_modules"), join(dir, "node_modules"));
    await writeFile(
      join(dir, "exit.mjs"),
      `import { Redis } from "ioredis";
       import { createLimiter, redisStore } from "${built}/limiter/index.js";
       const redis = new Redis(process.env.REDIS_URL);
       const limiter = createLimiter({ store: redisStore(redis, { timeoutMs: 40_000 }) });
       await limiter.acquire("exit", 1);
       await limiter.close();
       redis.disconnect();
       console.log(Date.now());`,
    );
    const env = { ...process.env, REDIS_URL: backend.server.url };
    const { stdout } = await run(process.execPath, [join(dir, "exit.mjs")], { env });
    expect(Date.now() - Number(stdout)).toBeLessThan(5_000);
  });

  test.each(["docs/limiter.md", "README.md"])(
    "the example in %s compiles and does what it says",
    { timeout: 60_000 },
    async (document) => {
      const text = await readFile(join(root, document), "utf8");
      const example = text.match(/```ts\n(.*?)```/s)?.[1] ?? "";
      expect(example.split("\n").filter(Boolean).length).toBeLessThanOrEqual(15);
      const dir = await mkdtemp(join(built, "example-"));
      await writeFile(join(dir, "example.ts"), example.replace('"llmctl/limiter"', `"${built}/limiter/index.js"`));
      await symlink(join(root, "node_modules"), join(dir, "node_modules"));
      const config = { extends: join(root, "tsconfig.json"), compilerOptions: { noEmit: false }, include: [dir] };
      await writeFile(join(dir, "tsconfig.json"), JSON.stringify(config));
      await run(process.execPath, [
        join(root, "node_modules/typescript/bin/tsc"),
        "-p",
        dir,
        "--noImplicitAny",
        "false",
      ]);
      const env = { ...process.env, REDIS_URL: backend.server.url };
      const { stdout } = await run(process.execPath, [join(dir, "example.js")], { env });
      expect(stdout).toMatch(/^an answer\n[01] held\n$/);
    },
  );
});
