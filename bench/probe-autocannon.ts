// autocannon as a program records with it: a line in a file for every answer, from its own events. Runs in its own
// process: see bench/probe.ts. Prints what its command line prints.
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Instance {
  on(event: "response", listener: (client: unknown, status: number, bytes: number, ms: number) => void): void;
}
type Autocannon = (options: object, done: (error: Error | null, result: object) => void) => Instance;

const autocannon: Autocannon = createRequire(import.meta.url)("autocannon");
const [url, callers, seconds, warmSeconds, body] = process.argv.slice(2);
const connections = Number(callers);
const dir = mkdtempSync(join(tmpdir(), "llmctl-bench-"));
const file = createWriteStream(join(dir, "calls.ndjson"));
/** Characters collected for one write: the fewest that cost nothing more. */
const GATHERED = 256 * 1024;
let lines = "";
let n = 0;

const headers = { authorization: "Bearer sk-bench", "content-type": "application/json" };
const warmup = { connections, duration: Number(warmSeconds) };
const load = { url, method: "POST", headers, body, connections, duration: Number(seconds), warmup };
const instance = autocannon(load, (error, result) => {
  if (error) throw error;
  file.end(lines, () => {
    rmSync(dir, { recursive: true });
    console.log(JSON.stringify(result));
  });
});
instance.on("response", (_client, status, bytes, ms) => {
  lines += `${JSON.stringify({ kind: "call", n: ++n, endedMs: performance.now(), status, bytes, ms })}\n`;
  if (lines.length < GATHERED) return;
  file.write(lines);
  lines = "";
});
