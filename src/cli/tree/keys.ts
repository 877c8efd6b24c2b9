import type { Command } from "commander";
import type { Register } from "../register.js";

const REFERENCE = "a key's hash or alias; a secret only by --key-file";

/** Adds `llmctl keys` to the program. */
export function addKeys(program: Command, register: Register): void {
  const keys = program
    .command("keys")
    .summary("make and manage keys with limits")
    .description("Makes and manages LiteLLM virtual keys, limits first.");
  const work = () => import("../../keys/command.js");

  const create = limits(
    keys.command("create").description("Makes a key. The secret is shown once. Without flags, on a terminal, it asks."),
  )
    .option("--alias <name>", "a name for the key")
    .option("--write-key <file>", "write the secret to a new file (0600) instead of showing it");
  register(create, async () => (await work()).create);

  register(
    keys.command("list").description("Lists keys with their limits, and what is in use when Redis is given."),
    async () => (await work()).list,
  );

  for (const [verb, text] of Object.entries(VERBS)) {
    const command = about(keys.command(verb).description(text));
    register(command, async () => (await work())[verb as keyof typeof VERBS]);
  }

  const update = limits(
    about(
      keys.command("update").description("Changes a key; what is not named stays. `--mpr none` takes a limit away."),
    ),
  ).option("--alias <name>", "a new name for the key");
  register(update, async () => (await work()).update);
}

const VERBS = {
  show: "Shows a key as LiteLLM has it.",
  delete: "Deletes a key.",
  block: "Refuses every call of a key until it is unblocked.",
  unblock: "Lets a blocked key work again.",
};

const about = (command: Command): Command =>
  command.argument("[key]", REFERENCE).option("--key-file <file>", "file with the key that is meant, - for stdin");

const limits = (command: Command): Command =>
  command
    .option("--mpr, --max-parallel-requests <n>", "how many calls may run at once")
    .option("--rpm <n>", "requests a minute")
    .option("--tpm <n>", "tokens a minute")
    .option("--models <names>", "models that the key may use, separated by commas")
    .option("--duration <time>", "how long the key lives: 30s, 12h, 30d")
    .option("--budget <amount>", "most that it may spend, in dollars")
    .option("--team <id>", "the team that it belongs to")
    .option("--user <id>", "the user that it belongs to")
    .option("--metadata <name=value>", "a note kept with the key; may be given again", collect);

const collect = (word: string, before: string[] = []): string[] => [...before, word];
