import { type Command, Option } from "commander";
import { FORMATS } from "../output/index.js";

/** The global flags, accepted before and after the command. None has a default here: the settings provide them. */
export const globalOptions = (): Option[] => [
  new Option("--base-url <url>", "the proxy's address (LITELLM_PROXY_URL)"),
  new Option(
    "--api-key-file <file>",
    "file with the admin key, - for stdin (LITELLM_PROXY_API_KEY, LITELLM_MASTER_KEY)",
  ),
  new Option("--env-file <file>", "read environment settings from a file"),
  new Option("--redis-url <url>", "redis://, rediss:// or unix:// (REDIS_URL, REDIS_HOST, …)"),
  new Option("--redis-ca <file>", "trusted certificates, PEM (REDIS_SSL_CA_CERTS)"),
  new Option("--redis-cert <file>", "client certificate, PEM (REDIS_SSL_CERTFILE)"),
  new Option("--redis-key <file>", "its private key, PEM (REDIS_SSL_KEYFILE)"),
  new Option("--redis-namespace <name>", "the namespace in LiteLLM's cache_params; doctor stays in it"),
  new Option(
    "--litellm-config <file>",
    "LiteLLM's config.yaml: names Redis, namespace and admin key; doctor checks it",
  ),
  new Option("--timeout <time>", "time limit of one admin call or Redis command (default 10s)"),
  new Option("--output <format>", `one of ${FORMATS.join(", ")}`),
  new Option("--json", "same as --output json"),
  new Option("--quiet", "print only the result"),
  new Option("--yes", "answer yes to every question"),
  new Option("--dry-run", "show what would be done and do nothing"),
  new Option("--no-input", "never ask"),
  new Option("--debug", "show stack traces"),
];

const GLOBAL_HEADING = "Global options:";

/** Adds the global flags to a command under their own heading. */
export function withGlobals(command: Command): Command {
  for (const option of globalOptions()) command.addOption(option.helpGroup(GLOBAL_HEADING));
  return command;
}

/** Adds the global flags to the program, listed below its commands, which a new user looks for first. */
export function withGlobalsBelow(program: Command): Command {
  const options = globalOptions();
  for (const option of options) program.addOption(option.hideHelp());
  return program.addHelpText("after", () => {
    const help = program.createHelp();
    help.prepareContext({ helpWidth: program.configureOutput().getOutHelpWidth?.() ?? 80 });
    const width = Math.max(...options.map((option) => help.optionTerm(option).length));
    const lines = options.map((option) =>
      help.formatItem(help.optionTerm(option), width, help.optionDescription(option), help),
    );
    return `\n${GLOBAL_HEADING} (before or after the command)\n${lines.join("\n")}`;
  });
}
