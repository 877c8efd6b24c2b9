// Completes what tsc leaves in dist: the Lua scripts beside or in the code that sends them, and a JSON Schema for every document.
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { embedLua } from "./embed-lua.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

await embedLua(join(root, "src/limiter/lua"), join(root, "dist/limiter/lua-text.js"));
for (const path of await readdir(join(root, "src"), { recursive: true })) {
  if (!path.endsWith(".lua") || path.startsWith("limiter")) continue;
  const copy = join(root, "dist", path);
  await mkdir(dirname(copy), { recursive: true });
  await copyFile(join(root, "src", path), copy);
}

const folder = join(root, "dist", "output", "documents");
const built = await readdir(folder).catch((error) => {
  if (error.code === "ENOENT") return [];
  throw error;
});
if (built.includes("index.js")) {
  const { toJSONSchema } = await import("zod");
  const { documents } = await import(pathToFileURL(join(folder, "index.js")).href);
  const schemas = join(root, "dist", "schemas");
  await mkdir(schemas, { recursive: true });
  for (const [name, document] of Object.entries(documents)) {
    // "input" leaves unknown fields valid: a later release may add some.
    const schema = toJSONSchema(document, { io: "input" });
    await writeFile(join(schemas, `${name}.json`), `${JSON.stringify(schema, null, 2)}\n`);
  }
}
