import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

/** One import of a file of src. */
export interface Import {
  /** The file that imports, from src on: `keys/command.ts`. */
  readonly from: string;
  /** Another file of src, or the name of a package. */
  readonly to: string;
  readonly inside: boolean;
  /** `type` leaves nothing in the program; `dynamic` loads when it is reached. */
  readonly kind: "static" | "type" | "dynamic";
}

const src = fileURLToPath(new URL("../../src/", import.meta.url));

/** Every TypeScript file of src with its text, without comments. */
export const sources: ReadonlyMap<string, string> = new Map(
  readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => [path.replaceAll("\\", "/"), withoutComments(readFileSync(src + path, "utf8"))]),
);

export const imports: readonly Import[] = [...sources].flatMap(([from, text]) => importsOf(from, text));

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(^|[\s;{}])\/\/.*$/gm, "$1");
}

function importsOf(from: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (to: string, kind: Import["kind"]) => {
    const inside = to.startsWith(".");
    found.push({ from, to: inside ? posix.join(posix.dirname(from), to).replace(/\.js$/, ".ts") : to, inside, kind });
  };
  for (const [, type, to = ""] of text.matchAll(/^(?:import|export)\b(\s+type\b)?[^;"]*?\bfrom\s+"([^"]+)"/gm)) {
    add(to, type ? "type" : "static");
  }
  for (const [, to = ""] of text.matchAll(/^import\s+"([^"]+)"/gm)) add(to, "static");
  for (const [, to = ""] of text.matchAll(/\btypeof import\("([^"]+)"\)/g)) add(to, "type");
  for (const [, to = ""] of text.matchAll(/(?<!typeof )\bimport\("([^"]+)"\)/g)) add(to, "dynamic");
  return found;
}

/** The folder of src in which a file lies; a file directly in src stands for itself. */
export const folderOf = (path: string): string => path.split("/")[0] as string;
