import type { GlobalFlags } from "../config/settings.js";
import type { Diagnosis } from "../diagnose/diagnose.js";
import { typeWindow } from "../diagnose/facts/window.js";
import type { PlannedRepair } from "../diagnose/plan.js";
import { shapes } from "../litellm/shapes/index.js";
import { AGED_MS } from "../litellm/shapes/slots.js";
import type { DoctorFlags } from "./options.js";

/** What was typed, so that the line to type next names the same proxy, the same Redis and the same key. */
export type TypedFlags = DoctorFlags & GlobalFlags;

const FLAG_NAMES: Partial<Record<keyof TypedFlags, string>> = {
  baseUrl: "--base-url",
  apiKeyFile: "--api-key-file",
  envFile: "--env-file",
  redisUrl: "--redis-url",
  redisNamespace: "--redis-namespace",
  litellmConfig: "--litellm-config",
  timeout: "--timeout",
  key: "--key",
  keyFile: "--key-file",
  only: "--only",
  skip: "--skip",
  limit: "--limit",
  workers: "--workers",
  olderThan: "--older-than",
  observe: "--observe",
  longestCall: "--longest-call",
  fromRun: "--from-run",
  maxRepairs: "--max-repairs",
  pace: "--pace",
};

/**
 * The lines that free what was found, or look where nobody could tell whose it is, with the exact flags; none when
 * nothing is to be done.
 */
export function suggestFix(examination: Diagnosis, planned: readonly PlannedRepair[], flags: TypedFlags): string[] {
  if (planned.length > 0) return [fixLine(flags), ...shortLines(examination, flags)];
  const counters = examination.counters.known ? examination.counters.value : [];
  const lines: string[] = [];
  const old = counters.some(
    ({ reading, shape }) => shape === "slots" && (shapes.slots.oldestMs(reading) ?? 0) >= AGED_MS,
  );
  if (old && flags.olderThan === undefined) lines.push(fixLine({ ...flags, olderThan: "15m" }));
  const namespaces = new Set(examination.others.flatMap(({ name }) => name.namespace ?? []));
  const [only] = namespaces;
  if (!examination.namespace.told && namespaces.size === 1 && only !== undefined) {
    lines.push(lineOf("llmctl doctor", { ...flags, redisNamespace: only }));
  }
  return [...lines, ...shortLines(examination, flags)];
}

/** More keys than a person would name one by one. */
const MOST_NAMED = 3;

/**
 * The lines that free what looked locked, each with the word that is missing: nothing uses the key now; no call takes
 * longer than a
 * window; or neither, and a watch proves it when it has observed for as long as the longest call.
 */
export function shortLines({ counters, counterContext, evidence }: Diagnosis, flags: TypedFlags): string[] {
  const all = counters.known ? counters.value : [];
  const short = all.filter((counter) => evidence.get(counter)?.short);
  if (short.length === 0) return [];
  const { observe: _, ...rest } = flags;
  const named = short.slice(0, MOST_NAMED).map(({ alias, name }) => alias ?? name.name);
  return [
    ...named.map((key) => fixLine({ ...rest, key, idle: true })),
    ...(counterContext.longestCallMs > counterContext.windowMs
      ? [fixLine({ ...rest, longestCall: typeWindow(counterContext) })]
      : []),
    `${fixLine({ ...rest, watch: true })} --yes`,
  ];
}

const fixLine = (flags: TypedFlags): string =>
  lineOf(flags.watch ? "llmctl doctor --watch --fix" : "llmctl doctor --fix", flags);

function lineOf(command: string, flags: TypedFlags): string {
  const words = Object.entries(FLAG_NAMES).flatMap(([name, spelling]) => {
    const value = flags[name as keyof TypedFlags];
    if (value === undefined || (name === "observe" && value === "65s")) return [];
    return [spelling, quoted(String(value))];
  });
  if (flags.allNamespaces) words.push("--all-namespaces");
  if (flags.idle) words.push("--idle");
  if (flags.runs === false) words.push("--no-runs");
  return [command, ...words].join(" ");
}

/** As a POSIX shell takes it. */
const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

export const suggestUndo = (id: string, { redisUrl, envFile, litellmConfig }: TypedFlags): string =>
  [
    "llmctl doctor undo",
    id,
    ...(redisUrl ? ["--redis-url", quoted(redisUrl)] : []),
    ...(envFile ? ["--env-file", quoted(envFile)] : []),
    ...(litellmConfig ? ["--litellm-config", quoted(litellmConfig)] : []),
  ].join(" ");
