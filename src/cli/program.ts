import { Command, type Option } from "commander";
import type { Command as Work } from "../config/context.js";
import type { GlobalFlags } from "../config/settings.js";
import { EXIT, EXIT_MEANINGS } from "../errors.js";
import { globalOptions, withGlobals, withGlobalsBelow } from "./options.js";
import type { Register } from "./register.js";
import { addDoctor } from "./tree/doctor.js";
import { addDump } from "./tree/dump.js";
import { addKeys } from "./tree/keys.js";
import { addLab } from "./tree/lab.js";
import { addProbe } from "./tree/probe.js";
import { addReport } from "./tree/report.js";

/**
 * What was typed: the command to run and its arguments. The command's module is loaded only when it runs, so that
 * `--help` is fast.
 */
export interface Invocation {
  readonly flags: GlobalFlags;
  readonly run: Work<[]>;
}

/** Builds the command tree. `chosen` is called with the selected command; nothing runs here. */
export function buildProgram(version: string, chosen: (invocation: Invocation) => void): Command {
  const program = new Command("llmctl")
    .description("Create, probe, inspect and repair the parallel-request limits of LLM gateways (LiteLLM first)")
    .version(version)
    .addHelpText("after", `\n${EXAMPLES}`);
  withGlobalsBelow(program).addHelpText("after", `\n${exitCodes()}`);

  const register: Register = (command, load) => {
    withGlobals(command);
    command.action((...words: unknown[]) => {
      const own = words.slice(0, -2);
      const flags = { ...program.opts(), ...command.opts(), ...typedFlags(program), ...typedFlags(command) };
      chosen({ flags, run: async (context) => ((await load()) as Work<unknown[]>)(context, ...own, flags) });
    });
  };

  addKeys(program, register);
  addProbe(program, register);
  addReport(program, register);
  addDump(program, register);
  addDoctor(program, register);
  addLab(program, register);
  return program;
}

/** A global flag is declared at two places; a value typed at one of them wins over the default of the other. */
function typedFlags(command: Command): GlobalFlags {
  const names = globalOptions().map((option: Option) => option.attributeName());
  return Object.fromEntries(
    names
      .filter((name) => command.getOptionValueSource(name) === "cli")
      .map((name) => [name, command.getOptionValue(name)]),
  );
}

function exitCodes(): string {
  const lines = Object.entries(EXIT).map(
    ([name, code]) => `  ${String(code).padEnd(4)}${EXIT_MEANINGS[name as keyof typeof EXIT]}`,
  );
  return `Exit codes:\n${lines.join("\n")}`;
}

const EXAMPLES = `A key keeps getting 429s:
  llmctl doctor                      which key, why, and the line that frees it
  llmctl doctor --fix                frees it, after asking
  llmctl doctor undo                 puts back what the last repair took away`;
