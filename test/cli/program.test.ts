import { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { buildProgram } from "../../src/cli/program.js";
import { EXIT, EXIT_MEANINGS } from "../../src/errors.js";
import { understand } from "../support/program.js";

const program = buildProgram("1.2.3", () => {});
const paths = program.commands.flatMap((command) => [
  [command.name()],
  ...command.commands.map((verb) => [command.name(), verb.name()]),
]);

function refusal(...argv: string[]): CommanderError {
  try {
    understand(argv);
  } catch (error) {
    if (error instanceof CommanderError) return error;
    throw error;
  }
  throw new Error(`${argv.join(" ")} was taken`);
}

const keep = (word: string) => `<${word}>`;

test("takes a global flag before and after the verb, and the one typed wins over none", () => {
  const after = understand(["keys", "list", "--json", "--base-url", "http://h", "--timeout", "3s"]).flags;
  const before = understand(["--json", "--base-url", "http://h", "--timeout", "3s", "keys", "list"]).flags;
  const between = understand(["keys", "--json", "list", "--base-url", "http://h", "--timeout", "3s"]).flags;
  for (const flags of [after, before, between]) {
    expect(flags).toMatchObject({ json: true, baseUrl: "http://h", timeout: "3s" });
  }
  expect(understand(["keys", "list", "--no-input"]).flags.input).toBe(false);
  expect(understand(["--no-input", "keys", "list"]).flags.input).toBe(false);
  expect(understand(["keys", "list"]).flags).not.toHaveProperty("json");
});

test("knows --mpr by its long name too, and gathers --metadata", () => {
  const { flags } = understand([
    "keys",
    "create",
    "--max-parallel-requests",
    "5",
    "--metadata",
    "a=1",
    "--metadata",
    "b=2",
  ]);
  expect(flags).toMatchObject({ maxParallelRequests: "5", metadata: ["a=1", "b=2"] });
  expect(understand(["keys", "update", "ci", "--mpr", "none"]).flags).toMatchObject({ maxParallelRequests: "none" });
  expect(understand(["keys", "create", "--mpr", "-1"]).flags).toMatchObject({ maxParallelRequests: "-1" });
});

test("refuses what it does not know, and too many words", () => {
  expect(refusal("frobnicate").code).toBe("commander.unknownCommand");
  expect(refusal("keys", "frobnicate").code).toMatch(/unknownCommand|excessArguments/);
  expect(refusal("keys", "list", "--frobnicate").code).toBe("commander.unknownOption");
  expect(refusal("keys", "show", "a", "b").code).toBe("commander.excessArguments");
  expect(refusal("keys", "create", "--mpr").code).toBe("commander.optionMissingArgument");
  expect(refusal("keys").code).toBe("commander.help");
});

test("tells its version", () => {
  expect(refusal("--version").exitCode).toBe(0);
  expect(program.version()).toBe("1.2.3");
});

test("says every exit code, each once", () => {
  expect(Object.keys(EXIT_MEANINGS).sort()).toEqual(Object.keys(EXIT).sort());
  expect(new Set(Object.values(EXIT)).size).toBe(Object.keys(EXIT).length);
  expect(Object.values(EXIT)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 130]);
});

describe("the help", () => {
  test.each(paths.map((path) => [path.join(" "), path] as const))(
    "of %s has a summary, describes every flag, and fits 80 columns",
    (_name, path) => {
      const command = path.reduce(
        (parent, name) => parent.commands.find((one) => one.name() === name) ?? parent,
        buildProgram("1.2.3", () => {}),
      );
      command.configureOutput({ getOutHelpWidth: () => 80 });
      const help = command.helpInformation();
      expect(command.description(), "a description").toMatch(/\.$/);
      for (const { flags, description } of command.options) expect(description, keep(flags)).not.toBe("");
      for (const argument of command.registeredArguments)
        expect(argument.description, keep(argument.name())).not.toBe("");
      for (const line of help.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    },
  );

  test("gives no flag two meanings: the same name takes the same kind of value everywhere", () => {
    const kinds = new Map<string, string>();
    const all = [program, ...program.commands, ...program.commands.flatMap((command) => command.commands)];
    for (const { long, required, optional } of all.flatMap((command) => command.options)) {
      const kind = required ? "value" : optional ? "optional value" : "switch";
      expect(kinds.get(long ?? "") ?? kind, `${long}`).toBe(kind);
      kinds.set(long ?? "", kind);
    }
    expect(kinds.size).toBeGreaterThan(20);
  });
});
