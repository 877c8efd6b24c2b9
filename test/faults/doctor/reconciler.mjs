// A `doctor --watch --fix` as a process of its own, so that it can be killed. Tells each tick to its parent; ends on SIGTERM.
// argv: folder of the built program, a JSON of { url, stateDir, flags }
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [, , built, json] = process.argv;
const { url, stateDir, flags } = JSON.parse(json);
const load = (path) => import(pathToFileURL(join(built, path)).href);
const [{ parseRedisUrl }, { doctor }, { Terminal }, { systemClock }] = await Promise.all(
  ["config/redis-url.js", "doctor/command.js", "terminal/terminal.js", "config/clock.js"].map(load),
);

const interruption = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => interruption.abort(signal));
const terminal = new Terminal({
  ...{ stdout: { write: () => true }, stderr: { write: () => true }, stdin: process.stdin, env: {} },
  quiet: true,
});
const settings = {
  ...{ redis: parseRedisUrl(url, "url"), timeoutMs: 2000, output: "ndjson", stateDir, yes: true },
  ...{ quiet: true, dryRun: false, input: false, debug: false },
};
const context = { settings, terminal, clock: systemClock, env: {}, signal: interruption.signal };
const { rows, exit } = await doctor(context, { watch: true, fix: true, every: "1s", ...flags });
for await (const [tick] of rows) process.send(tick);
process.send({ heapUsed: process.memoryUsage().heapUsed });
process.exit(exit);
