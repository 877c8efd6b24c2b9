// Replaces the compiled limiter's module that reads Lua files by one that holds their texts: then bundlers can take it along.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** `from`: the folder of Lua files; `to`: the compiled module. */
export async function embedLua(from, to) {
  const texts = {};
  for (const file of (await readdir(from)).sort())
    texts[file.replace(/\.lua$/, "")] = await readFile(join(from, file), "utf8");
  await writeFile(
    to,
    `const texts = ${JSON.stringify(texts, null, 1)};\nexport const luaText = (file) => texts[file];\n`,
  );
}
