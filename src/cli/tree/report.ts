import type { Command } from "commander";
import type { Register } from "../register.js";

/** Adds `llmctl report` to the program. */
export function addReport(program: Command, register: Register): void {
  const report = program
    .command("report")
    .summary("show or compare recorded runs (table, HTML, bug report)")
    .description(
      "Show a recorded run, judged again: --output html is a page with charts, markdown a bug report to paste. Several runs are compared with the first. The exit code is the verdict's.",
    )
    .argument("<runs...>", "last, a run's id, or the path of its .ndjson file; the run may still be going on")
    .option("--merge", "judge runs of one key at the same time, from several machines, as one run")
    .option("--write <file>", "write to this file; without --output its extension selects the format");
  register(report, async () => (await import("../../report/command.js")).report);
}
