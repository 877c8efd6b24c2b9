// Runs the tests of a subject (see run.ts) against changed sources, each change in turn, within this one process: Vite compiles each file once, and for each change
// only the subject and its tests are evaluated anew. The tree stays as it is. stdin: JSON { tests: files, fresh: folders of the subject and its tests, mutants: [{ file, text }] }, files from
// the root on and the whole changed text. stdout: a line of JSON for each mutant, { killed, by: the first test that failed, or null }. The sources
// as they are come first: their tests must pass, or it exits with 1; the first line says how many there are, { tests }.
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect } from "vitest";
import { createViteServer } from "vitest/node";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { tests, fresh, mutants } = JSON.parse(await text(process.stdin));
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

let current;
const server = await createViteServer({
  root,
  configFile: false,
  logLevel: "silent",
  appType: "custom",
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
  plugins: [
    {
      name: "swap-source",
      enforce: "pre",
      transform: (_code, id) =>
        id === resolve(root, current?.file ?? "") ? { code: current.text, map: null } : undefined,
    },
  ],
});

const AsyncFunction = (async () => {}).constructor;
const compiled = new Map();

/** The file as a function of what it imports and exports, in the words of Vite's transform. */
async function compile(url) {
  const { code } = await server.transformRequest(url, { ssr: true });
  return new AsyncFunction(
    ...["__vite_ssr_exports__", "__vite_ssr_import__", "__vite_ssr_exportName__", "__vite_ssr_import_meta__"],
    `"use strict";${code}`,
  );
}

async function compiledOnce(url) {
  const found = compiled.get(url) ?? (await compile(url));
  compiled.set(url, found);
  return found;
}

const isFresh = (url) => fresh.some((folder) => url.startsWith(`/${folder}/`));
const kept = new Map();

/** Evaluates a file and what it imports. What is neither of the subject nor of its tests is evaluated only once. */
function load(url, modules, vitest, changed) {
  const cache = isFresh(url) ? modules : kept;
  const known = cache.get(url);
  if (known) return known;
  const exports = {};
  const loading = (async () => {
    const run = changed?.url === url ? changed.run : await compiledOnce(url);
    const importer = (to) => {
      if (to === "vitest") return vitest;
      return to.startsWith("/") && !to.startsWith("/node_modules/")
        ? load(to, modules, vitest, changed)
        : import(bare(to));
    };
    const exportName = (name, get) =>
      Object.defineProperty(exports, name, { enumerable: true, configurable: true, get });
    await run(exports, importer, exportName, { url: pathToFileURL(resolve(root, bare(url).replace(/^\//, ""))).href });
    return exports;
  })();
  cache.set(url, loading);
  return loading;
}

const bare = (to) => (to.startsWith("/node_modules/") ? resolve(root, to.slice(1)) : to);

/** What a test file uses of Vitest: it collects the tests in place of running them. */
function collector() {
  const collected = [];
  const path = [];
  const describe = (name, ...rest) => {
    path.push(name);
    rest.findLast((one) => typeof one === "function")();
    path.pop();
  };
  const it = (name, ...rest) => {
    const work = rest.findLast((one) => typeof one === "function");
    collected.push({ name: [...path, name].join(" > "), work });
  };
  it.each = (rows) => (name, work) => {
    for (const [at, row] of rows.entries()) {
      it(`${name} (${at + 1})`, () => (Array.isArray(row) ? work(...row) : work(row)));
    }
  };
  return { collected, vitest: { describe, it, test: it, expect } };
}

/** The first failure, with the number of tests until then. */
async function test(changed) {
  const modules = new Map();
  let count = 0;
  try {
    for (const file of tests) {
      const { collected, vitest } = collector();
      await load(`/${file}`, modules, vitest, changed);
      for (const { name, work } of collected) {
        count++;
        try {
          await work();
        } catch (error) {
          return { count, by: `${name}: ${error.message.split("\n")[0]}` };
        }
      }
    }
  } catch (error) {
    return { count, by: `the sources do not load: ${error.message}` };
  }
  return { count, by: null };
}

async function testMutant(mutant) {
  const url = `/${mutant.file}`;
  const node = await server.moduleGraph.getModuleByUrl(url, true);
  current = mutant;
  if (node) server.moduleGraph.invalidateModule(node);
  try {
    return await test({ url, run: await compile(url) });
  } catch (error) {
    return { by: `does not compile: ${error.message}` };
  } finally {
    current = undefined;
    if (node) server.moduleGraph.invalidateModule(node);
  }
}

const healthy = await test();
if (healthy.by !== null || healthy.count === 0) {
  console.error(`the tests fail without any change: ${healthy.by}`);
  process.exit(1);
}
say({ tests: healthy.count });
for (const mutant of mutants) {
  const { by } = await testMutant(mutant);
  say({ killed: by !== null, by });
}
await server.close();
process.exit(0);
