import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Compiles doctor and all that it imports, as the sources are now, into a new folder that is the result. */
export async function buildDoctor(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "llmctl-doctor-built-"));
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      rootDir: join(root, "src"),
      outDir: dir,
      declaration: false,
      typeRoots: [join(root, "node_modules/@types")],
    },
    // Declarations of modules that have none are imported by nobody.
    include: [join(root, "src/doctor"), join(root, "src/**/*.d.ts")],
  };
  await writeFile(join(dir, "tsconfig.json"), JSON.stringify(config));
  await writeFile(join(dir, "package.json"), '{"type":"module"}');
  await symlink(join(root, "node_modules"), join(dir, "node_modules"));
  await promisify(execFile)(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", dir]);
  for (const path of await readdir(join(root, "src"), { recursive: true })) {
    if (path.endsWith(".lua"))
      await cp(join(root, "src", path), join(dir, dirname(path), path.split("/").at(-1) ?? ""));
  }
  return dir;
}
