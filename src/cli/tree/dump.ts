import type { Command } from "commander";
import type { Register } from "../register.js";

/** Adds `llmctl dump` to the program. */
export function addDump(program: Command, register: Register): void {
  const dump = program
    .command("dump")
    .summary("show the limiter's keys in Redis")
    .description(
      "Shows the limiter's keys in Redis: owner, shape, held, limit, TTL, oldest slot and state. It reads only, with SCAN.",
    )
    .argument("[what]", "a key's hash or alias, a Redis key, or a glob such as 'prod:*'")
    .option("--slots", "list the slots of each key, oldest first")
    .option("--all", "also list the window, requests and tokens keys")
    .option("--watch", "look again and again: drawn in place on a terminal, otherwise one line of JSON for each change")
    .option("--every <time>", "how often --watch looks (2s)")
    .option("--key-file <file>", "file with the key to look for, - for stdin");
  register(dump, async () => (await import("../../dump/command.js")).dump);
}
