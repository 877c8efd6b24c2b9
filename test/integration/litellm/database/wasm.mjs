// Prisma's engines as WASM, from the npm packages that `install` has put into the cache folder.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const home =
  process.env.LLMCTL_LITELLM_HOME ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "llmctl-litellm");

export const installed = createRequire(join(home, "npm", "package.json"));

/** Loads `NAME_bg.wasm` and its JavaScript half, which a package has in `folder` (written for bundlers, not for Node). */
export async function loadEngine(folder, name) {
  const path = join(home, "npm", "node_modules", folder, `${name}_bg`);
  const glue = await import(pathToFileURL(`${path}.js`));
  const module = new WebAssembly.Module(readFileSync(`${path}.wasm`));
  const { exports } = new WebAssembly.Instance(module, { [`./${name}_bg.js`]: glue });
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  return glue;
}

/** Prisma's Postgres driver. It knows not all of the catalogue's types: `char`, `name` and `name[]` are read like text. */
export function postgres(url) {
  const { PrismaPg } = installed("@prisma/adapter-pg");
  const { Query } = installed("pg");
  const { handleRowDescription } = Query.prototype;
  Query.prototype.handleRowDescription = function (message) {
    for (const field of message.fields)
      field.dataTypeID = { 18: 1042, 19: 25, 1003: 1009 }[field.dataTypeID] ?? field.dataTypeID;
    return handleRowDescription.call(this, message);
  };
  return new PrismaPg({ connectionString: url });
}
