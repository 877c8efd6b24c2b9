import type { Command } from "commander";
import type { Register } from "../register.js";

const REFERENCE = "a key's hash or alias; a secret only by --key-file";

/** Adds `llmctl keys` to the program. */
export function addKeys(program: Command, register: Register): void {
  const keys = program
    .command("keys")
    .summary("create and manage keys with limits")
    .description("Create and manage LiteLLM virtual keys and their limits.");
  const work = () => import("../../keys/command.js");

  const create = limits(
    keys
      .command("create")
      .description("Create a key. The secret is shown once. Without flags, on a terminal, it asks."),
  )
    .option("--alias <name>", "a name for the key")
    .option("--write-key <file>", "write the secret to a new file (0600) instead of showing it");
  register(create, async () => (await work()).create);

  register(
    keys.command("list").description("List keys with their limits, and their use if Redis is given."),
    async () => (await work()).list,
  );

  for (const [verb, text] of Object.entries(VERBS)) {
    const command = about(keys.command(verb).description(text));
    register(command, async () => (await work())[verb as keyof typeof VERBS]);
  }

  const update = limits(
    about(keys.command("update").description("Change a key; other fields stay. `--mpr none` removes a limit.")),
  ).option("--alias <name>", "a new name for the key");
  register(update, async () => (await work()).update);
}

const VERBS = {
  show: "Show a key as LiteLLM stores it.",
  delete: "Delete a key.",
  block: "Refuse every call of a key until it is unblocked.",
  unblock: "Let a blocked key work again.",
};

const about = (command: Command): Command =>
  command.argument("[key]", REFERENCE).option("--key-file <file>", "file with the key, - for stdin");

const limits = (command: Command): Command =>
  command
    .option("--mpr, --max-parallel-requests <n>", "most calls at once")
    .option("--rpm <n>", "requests a minute")
    .option("--tpm <n>", "tokens a minute")
    .option("--models <names>", "models that the key may use, comma-separated")
    .option("--duration <time>", "lifetime of the key: 30s, 12h, 30d")
    .option("--budget <amount>", "spending limit in dollars")
    .option("--team <id>", "the team that it belongs to")
    .option("--user <id>", "the user that it belongs to")
    .option("--metadata <name=value>", "metadata of the key; may be repeated", collect);

const collect = (word: string, before: string[] = []): string[] => [...before, word];
