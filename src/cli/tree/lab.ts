import type { Command } from "commander";
import type { Register } from "../register.js";

/** Adds `llmctl lab` to the program. */
export function addLab(program: Command, register: Register): void {
  const lab = program
    .command("lab")
    .summary("run a stand-in LiteLLM, sick or healthy, to try things on")
    .description("Runs a stand-in LiteLLM on loopback with its own Redis, sick in a way that you choose, until Ctrl-C.")
    .option(
      "--sick <name>",
      "healthy, messages-never-release (the default without --release), sticky-lock, responses-never-release, aborted-stream-leaks, over-admits",
    )
    .option("--limit <n>", "max_parallel_requests of the key that it makes", "3")
    .option("--workers <n>", "how many workers, each with a memory of its own", "1")
    .option("--release <version>", "behave as this release of LiteLLM, sick in its own ways if no --sick is named")
    .option("--window <time>", "length of a rate limit's window", "60s")
    .option("--port <n>", "port to listen on; a free one when left out")
    .option("--key-file <file>", "the key it makes shall be the one in this file");
  register(lab, async () => (await import("../../lab/command.js")).lab);
}
