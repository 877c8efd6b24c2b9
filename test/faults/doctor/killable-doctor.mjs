// A doctor that dies by SIGKILL at the n-th step of a repair or of its undoing. A step is a look at the clock or at the lock, or either
// side of a script: that is before and after every line of the journal and every change in Redis.
// argv: folder of the built program, a JSON of { url, stateDir, job: "fix" | "undo", dieAt }
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [, , built, json] = process.argv;
const { url, stateDir, job, dieAt } = JSON.parse(json);
const load = (path) => import(pathToFileURL(join(built, path)).href);
const [
  { parseRedisUrl },
  { connectRedis },
  { examine },
  { NO_REPAIRS },
  { treat },
  backups,
  { readUndoState, undoRepairs },
] = await Promise.all(
  [
    "config/redis-url.js",
    "redis/connect.js",
    "diagnose/diagnose.js",
    "diagnose/repair-history.js",
    "repair/repair.js",
    "repair/backup.js",
    "repair/undo.js",
  ].map(load),
);

let steps = 0;
const step = () => {
  if (++steps === dieAt) process.kill(process.pid, "SIGKILL");
};

const plain = await connectRedis(parseRedisUrl(url, "url"), { timeoutMs: 5000 });
const scripts = ["evalsha", "eval", "callBuffer"];
const client = new Proxy(plain.client, {
  get(target, name) {
    const value = Reflect.get(target, name);
    if (!scripts.includes(name)) return typeof value === "function" ? value.bind(target) : value;
    return async (...words) => {
      step();
      const reply = await value.apply(target, words);
      step();
      return reply;
    };
  },
});
const redis = { ...plain, client };
const silent = { note() {}, warn() {}, progress: { show() {}, clear() {} }, secrets: { learn() {} } };
const clock = {
  wall() {
    step();
    return Date.now();
  },
  monotonic: () => performance.now(),
};
const lock = {
  epoch: "e",
  seq: 7,
  held() {
    step();
    return true;
  },
};
const { signal } = new AbortController();
const context = { settings: { stateDir, redis: {} }, terminal: silent, clock, env: {}, signal };

if (job === "fix") {
  const unknown = { known: false, why: "", advice: "", failed: false };
  const told = { proxy: unknown, keyDirectory: unknown, cache: unknown, coordination: unknown, backlog: unknown };
  const options = {
    idle: true,
    olderThanMs: null,
    observeMs: 0,
    longestCallMs: null,
    windowMs: 60_000,
    runs: false,
    limit: null,
    workers: null,
    fromRun: null,
    only: [],
  };
  const { plan } = await examine({ context, options, told, redis: { known: true, value: plain }, history: NO_REPAIRS });
  steps = 0;
  await treat(context, redis, lock, plan);
} else {
  const id = (await backups.listBackups(stateDir)).at(-1);
  const backup = await backups.readBackup(stateDir, id);
  const now = () => new Date(clock.wall()).toISOString();
  steps = 0;
  await undoRepairs(backup, await readUndoState(stateDir, backup), {
    redis,
    lock,
    stateDir,
    signal,
    now,
    progress() {},
  });
}
await plain.close();
