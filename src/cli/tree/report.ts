import type { Command } from "commander";
import type { Register } from "../register.js";

/** Adds `llmctl report` to the program. */
export function addReport(program: Command, register: Register): void {
  const report = program
    .command("report")
    .summary("show a recorded probe again, as a page or a bug report too, or compare two")
    .description(
      "Shows a recorded probe again, judged anew: --output html is a page with charts, markdown a bug report to paste. Several runs are compared with the first. The exit code is the verdict's.",
    )
    .argument("<runs...>", "last, a run's id, or the path of its .ndjson file; a run that is still at work will do")
    .option("--merge", "the runs are of one key at the same time, from several machines: judge them as one")
    .option("--write <file>", "write to this file; its ending names the format where --output does not");
  register(report, async () => (await import("../../report/command.js")).report);
}
