import { describe, expect, test } from "vitest";
import { folderOf, type Import, imports, sources } from "./support/imports.js";

/** From above to below: a folder may import from its own tier and from those below it. */
const TIERS = [
  ["main.ts", "index.ts"],
  ["cli"],
  ["keys", "probe", "dump", "doctor", "gateway", "lab", "report", "watch"],
  ["repair"],
  ["diagnose"],
  ["runs"],
  ["verdict"],
  ["llm", "litellm", "limiter"],
  ["redis", "output", "config"],
  ["terminal"],
  ["errors.ts"],
];
const COMMANDS = TIERS[2] as string[];
const tierOf = (path: string): number => TIERS.findIndex((tier) => tier.includes(folderOf(path)));

const within = imports.filter(({ inside }) => inside);
const say = ({ from, to }: Import): string => `${from} → ${to}`;
const bad = (rule: (one: Import) => boolean): string[] => within.filter(rule).map(say);

describe("the arrows of src", () => {
  test("every folder has a tier, and every import a file", () => {
    for (const path of sources.keys()) expect(tierOf(path), path).toBeGreaterThanOrEqual(0);
    expect(bad(({ to }) => !sources.has(to))).toEqual([]);
    expect(within.length).toBeGreaterThan(100);
  });

  test("point down only", () => {
    expect(bad(({ from, to }) => tierOf(to) < tierOf(from))).toEqual([]);
  });

  test("lead from the command tree to a command only when it is typed", () => {
    expect(
      bad(({ from, to, kind }) => folderOf(from) === "cli" && COMMANDS.includes(folderOf(to)) && kind !== "dynamic"),
    ).toEqual([]);
    expect(bad(({ from, to }) => from === "main.ts" && COMMANDS.includes(folderOf(to)))).toEqual([]);
  });

  test("lead to no other command's command or view", () => {
    const wiring = /\/([a-z-]+-)?(command|view)\.ts$/;
    const other = ({ from, to }: Import) => COMMANDS.includes(folderOf(from)) && folderOf(from) !== folderOf(to);
    expect(bad((one) => other(one) && COMMANDS.includes(folderOf(one.to)) && wiring.test(one.to))).toEqual([]);
  });

  test("keep limiter and litellm apart", () => {
    const pair = ["limiter", "litellm"];
    expect(
      bad(
        ({ from, to }) =>
          pair.includes(folderOf(from)) && pair.includes(folderOf(to)) && folderOf(from) !== folderOf(to),
      ),
    ).toEqual([]);
  });

  test("leave verdict without a renderer, a schema and a library", () => {
    const allowed = ["verdict", "litellm", "llm"];
    const own = imports.filter(({ from }) => folderOf(from) === "verdict");
    const foreign = own.filter(({ to, inside }) => (inside ? !allowed.includes(folderOf(to)) : to !== "zod"));
    expect(foreign.map(say)).toEqual([]);
  });

  test("run in no circle between folders", () => {
    const below = new Map<string, Set<string>>();
    for (const { from, to, kind } of within) {
      if (kind === "dynamic" || folderOf(from) === folderOf(to) || COMMANDS.includes(folderOf(from))) continue;
      below.set(folderOf(from), (below.get(folderOf(from)) ?? new Set()).add(folderOf(to)));
    }
    const reaches = (from: string, seen: ReadonlySet<string> = new Set()): string[] =>
      [...(below.get(from) ?? [])].flatMap((to) =>
        seen.has(to) ? [to] : [to, ...reaches(to, new Set([...seen, to]))],
      );
    for (const folder of below.keys()) expect(reaches(folder), folder).not.toContain(folder);
  });
});

test("no file imports itself through others, type imports included", () => {
  const below = new Map<string, Import[]>();
  for (const one of within) below.set(one.from, [...(below.get(one.from) ?? []), one]);
  const state = new Map<string, "open" | "done">();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === "done") return;
    if (state.get(file) === "open") {
      circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      return;
    }
    state.set(file, "open");
    for (const { to, kind } of below.get(file) ?? []) if (kind !== "dynamic") visit(to, [...path, file]);
    state.set(file, "done");
  };
  for (const file of sources.keys()) visit(file, []);
  expect(circles).toEqual([]);
});

test("only terminal and main touch the process's streams, its end and the console", () => {
  const touch = /\bprocess\s*\.\s*(stdout|stderr|stdin|exit|exitCode)\b|\bconsole\s*\./;
  const offenders = [...sources].filter(
    ([path, text]) => folderOf(path) !== "terminal" && path !== "main.ts" && touch.test(text),
  );
  expect(offenders.map(([path]) => path)).toEqual([]);
});

/** What costs a quarter of a second to load, or more than all the rest. */
const HEAVY = [
  "ioredis",
  "undici",
  "inquirer",
  "zod",
  "echarts",
  "fastify",
  "pino",
  "eventsource-parser",
  "yaml",
  "prom-client",
];

test("starting the program reaches no heavy package", () => {
  const reached = new Set<string>();
  const packages = new Map<string, string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const one of imports.filter(({ from, kind }) => from === path && kind === "static")) {
      if (one.inside) visit(one.to);
      else packages.set(one.to, say(one));
    }
  };
  visit("main.ts");
  expect([...packages.keys()]).toContain("commander");
  expect(reached.size).toBeGreaterThan(10);
  expect(
    [...packages].filter(([name]) => HEAVY.some((heavy) => name === heavy || name.startsWith(`${heavy}/`))),
  ).toEqual([]);
});
