#!/usr/bin/env node
// Runs a benchmark: node bench/run.mjs limiter [its arguments]. Compiles src and bench into node_modules/.cache first: Node 20 reads no TypeScript.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const out = join(root, "node_modules/.cache/llmctl-bench");
const [name, ...rest] = process.argv.slice(2);
if (!name) {
  console.error("usage: node bench/run.mjs <name of a file in bench, without .ts>");
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const config = {
  extends: join(root, "tsconfig.json"),
  compilerOptions: {
    noEmit: false,
    rootDir: root,
    outDir: out,
    declaration: false,
    typeRoots: [join(root, "node_modules/@types")],
  },
  include: [join(root, "src"), join(root, "bench")],
};
writeFileSync(join(out, "tsconfig.json"), JSON.stringify(config));
writeFileSync(join(out, "package.json"), '{"type":"module"}');
const tsc = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", out], {
  stdio: "inherit",
});
if (tsc.status !== 0) process.exit(1);
for (const path of readdirSync(join(root, "src"), { recursive: true })) {
  if (String(path).endsWith(".lua")) cpSync(join(root, "src", String(path)), join(out, "src", String(path)));
}
process.exit(
  spawnSync(process.execPath, [join(out, "bench", `${name}.js`), ...rest], { stdio: "inherit" }).status ?? 1,
);
