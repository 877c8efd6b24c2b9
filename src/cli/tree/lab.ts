import { type Command, Option } from "commander";
import type { Register } from "../register.js";

/** Adds `llmctl lab` to the program. */
export function addLab(program: Command, register: Register): void {
  const lab = program
    .command("lab")
    .summary("run a fake LiteLLM, with or without a bug, to try things on")
    .description("Run a fake LiteLLM with the bug you choose, on loopback with its own Redis, until Ctrl-C.")
    .option(
      "--bug <name>",
      "healthy, messages-never-release (the default without --release), sticky-lock, responses-never-release, aborted-stream-leaks, over-admits",
    )
    .addOption(new Option("--sick <name>", "the former name of --bug").hideHelp())
    .option("--limit <n>", "max_parallel_requests of its key", "3")
    .option("--workers <n>", "number of workers, each with its own cache", "1")
    .option("--release <version>", "behave like this release of LiteLLM, with its own bugs unless --bug is given")
    .option("--window <time>", "length of a rate limit's window", "60s")
    .option("--port <n>", "port to listen on (default: a free one)")
    .option("--key-file <file>", "use the key in this file");
  register(lab, async () => (await import("../../lab/command.js")).lab);
}
