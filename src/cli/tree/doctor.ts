import type { Command } from "commander";
import type { Register } from "../register.js";

/** Adds `llmctl doctor` to the program. */
export function addDoctor(program: Command, register: Register): void {
  const doctor = program
    .command("doctor")
    .summary("diagnose stuck counters, and repair them with --fix")
    .description(
      "Checks a proxy and its Redis, names stuck counters and why, and with --fix frees them after a backup. Without --fix it writes nothing.",
    )
    .option("--fix", "repair: plan, ask, back up, act, verify")
    .option("--older-than <time>", "with --fix: a slot older than this is dead")
    .option("--idle", "nothing runs on the key now: what Redis shows is left behind")
    .option("--observe <time>", "how long to watch a counter that looks locked (65s)")
    .option("--longest-call <time>", "no call of yours takes longer than this; a lock is proved after as long (10m)")
    .option("--no-runs", "do not use recorded probe runs as evidence")
    .option("--limit <n>", "the limit of the key, when the proxy does not tell")
    .option("--workers <n>", "worker processes of all pods; with 1, its /health/backlog can prove that nothing runs")
    .option("--key <reference>", "only this key: hash, alias or Redis key")
    .option(
      "--all-namespaces",
      "also counters of other namespaces, and of keys that the proxy does not list; otherwise they are left alone",
    )
    .option("--key-file <file>", "only the key in this file, - for stdin")
    .option("--canary", "one call with the key of --key-file, to prove that this Redis is the limiter's")
    .option(
      "--through-proxy",
      "with --fix and without Redis, up to LiteLLM 1.93: let the proxy delete the key's counter",
    )
    .option("--try-key", "one call with the key of --key-file: does a worker refuse it though Redis has room")
    .option("--refresh-mirrors", "free a key that workers refuse from memory: raise its limit, call, set it back")
    .option(
      "--highest-limit <n>",
      "with --refresh-mirrors: the key's highest limit in the last hour, as far as you know",
    )
    .option("--model <name>", "the model of doctor's own calls; else the first that can chat")
    .option(
      "--from-run <run>",
      "repair what this recorded probe run proved and nothing else: its id, its file, or last",
    )
    .option("--max-repairs <n>", "no more repairs than this in one run; the rest is listed as left")
    .option("--pace <rate>", "no more repairs than this in a time, such as 50/s or 600/m (200/s)")
    .option("--watch", "examine again and again; with --fix, repair what appears")
    .option("--every <time>", "how often --watch examines (30s)")
    .option("--metrics-port <n>", "serve Prometheus metrics and /healthz of --watch here; 0 for any free port")
    .option("--metrics-host <address>", "the address to serve them on (127.0.0.1)")
    .option("--only <ids>", "only these checks, groups or repairs, separated by commas")
    .option("--skip <ids>", "all but these checks, groups or repairs")
    .option("--list", "list the checks, their groups and what each needs, and do nothing else")
    .option("--litellm-version <release>", "the release of LiteLLM, when no proxy tells it");
  register(doctor, async () => (await import("../../doctor/command.js")).doctor);

  const undo = doctor
    .command("undo")
    .description(
      "Puts back what a repair took away, where nothing has touched it since; shows its plan and asks first.",
    )
    .argument("[id]", "the backup; the newest when left out");
  register(undo, async () => (await import("../../doctor/command.js")).undo);
}
