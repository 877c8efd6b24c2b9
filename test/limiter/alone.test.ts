import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("../../src/limiter/", import.meta.url));
const sources = async () => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".ts"));
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(`${folder}${name}`, "utf8") })));
};

test("the limiter imports itself, node: and, for types only, ioredis", async () => {
  for (const { name, text } of await sources()) {
    for (const [statement, from] of text.matchAll(/^(?:import|export)[^;]*? from "([^"]+)";/gms)) {
      const own = /^\.\/[\w-]+\.js$/.test(from as string) || from?.startsWith("node:");
      const types = from === "ioredis" && statement.startsWith("import type");
      expect(own || types, `${name}: ${statement}`).toBe(true);
    }
  }
});

test("no file of it is longer than 200 lines", async () => {
  for (const { name, text } of await sources()) expect(text.split("\n").length, name).toBeLessThanOrEqual(200);
});
