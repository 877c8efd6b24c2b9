// A doctor that dies by SIGKILL at the n-th step of a repair or of its undoing. A step is a look at the clock or at the lock, or either
// side of a script: that is before and after every line of the journal and every change in Redis. Steps count from the operator's consent.
// argv: folder of the built program, a JSON of { url, stateDir, job: "fix" | "undo", dieAt }
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [, , built, json] = process.argv;
const { url, stateDir, job, dieAt } = JSON.parse(json);
const load = (path) => import(pathToFileURL(join(built, path)).href);
const [{ parseRedisUrl, describeRedis }, { connectRedis }, { parseSelection }, { repair }, { listBackups }, { undo }] =
  await Promise.all(
    [
      "config/redis-url.js",
      "redis/connect.js",
      "diagnose/selection.js",
      "repair/repair.js",
      "repair/backup.js",
      "repair/undo.js",
    ].map(load),
  );

let steps;
const step = () => {
  if (steps !== undefined && ++steps === dieAt) process.kill(process.pid, "SIGKILL");
};
const consent = async () => {
  steps = 0;
  return true;
};

const target = parseRedisUrl(url, "url");
const plain = await connectRedis(target, { timeoutMs: 5000 });
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
const redis = { ...plain, client, nodes: () => [client] };
const clock = {
  wall() {
    step();
    return Date.now();
  },
  monotonic: () => performance.now(),
};
const lock = async () => ({
  epoch: "e",
  seq: 7,
  held() {
    step();
    return true;
  },
  async release() {},
});
const { signal } = new AbortController();
/** Nothing was ever repaired. */
const history = {
  lastRepairs: async () => new Map(),
  interruptedRefreshes: async () => [],
  endedRefreshes: async () => new Map(),
};

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
    maxRepairs: Number.POSITIVE_INFINITY,
    pace: 200,
  };
  await repair({
    ...{ settings: { stateDir, redis: target }, clock, signal, options, history, redis, lock, consent },
    report: { note() {}, warnOnce() {}, progress() {}, learnSecret() {} },
    askProxy: async () => told,
    selection: parseSelection([]),
  });
} else {
  const id = (await listBackups(stateDir)).at(-1);
  await undo({
    stateDir,
    id,
    address: describeRedis(target),
    connect: async () => redis,
    lock,
    clock,
    signal,
    consent,
  });
}
await plain.close();
