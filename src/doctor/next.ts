import type { GlobalFlags } from "../config/settings.js";
import { shapes } from "../litellm/shapes/index.js";
import { AGED_MS } from "../litellm/shapes/slots.js";
import { diagnose } from "./evidence/index.js";
import type { Examination } from "./examination.js";
import type { DoctorFlags } from "./options.js";
import type { Circumstances } from "./patient.js";
import type { PlannedRepair } from "./repair/plan.js";

/** What was typed, so that the line to type next names the same proxy, the same Redis and the same key. */
export type TypedFlags = DoctorFlags & GlobalFlags;

const SPELLING: Partial<Record<keyof TypedFlags, string>> = {
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

/** The lines that free what was found, or look where nobody could tell whose it is, with the exact flags; none when nothing is to be done. */
export function fixLines(examination: Examination, planned: readonly PlannedRepair[], flags: TypedFlags): string[] {
  if (planned.length > 0) return [fixLine(flags), ...shortLines(examination, flags)];
  const patients = examination.patients.known ? examination.patients.value : [];
  const lines: string[] = [];
  const old = patients.some(
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
 * The lines that free what looked locked, each with the word that is missing: nothing uses the key now; no call takes longer than a
 * window; or neither, and a watch proves it when it has observed for as long as the longest call.
 */
export function shortLines({ patients, circumstances }: Examination, flags: TypedFlags): string[] {
  const all = patients.known ? patients.value : [];
  const short = all.filter((patient) => diagnose(patient, circumstances).short !== null);
  if (short.length === 0) return [];
  const { observe: _, ...rest } = flags;
  const named = short.slice(0, MOST_NAMED).map(({ alias, name }) => alias ?? name.name);
  return [
    ...named.map((key) => fixLine({ ...rest, key, idle: true })),
    ...(circumstances.longestCallMs > circumstances.windowMs
      ? [fixLine({ ...rest, longestCall: typeWindow(circumstances) })]
      : []),
    `${fixLine({ ...rest, watch: true })} --yes`,
  ];
}

/** As it is typed: `60s`. */
export const typeWindow = ({ windowMs }: Circumstances): string => `${Math.ceil(windowMs / 1000)}s`;

const fixLine = (flags: TypedFlags): string =>
  lineOf(flags.watch ? "llmctl doctor --watch --fix" : "llmctl doctor --fix", flags);

function lineOf(command: string, flags: TypedFlags): string {
  const words = Object.entries(SPELLING).flatMap(([name, spelling]) => {
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

export const undoLine = (id: string, { redisUrl, envFile, litellmConfig }: TypedFlags): string =>
  [
    "llmctl doctor undo",
    id,
    ...(redisUrl ? ["--redis-url", quoted(redisUrl)] : []),
    ...(envFile ? ["--env-file", quoted(envFile)] : []),
    ...(litellmConfig ? ["--litellm-config", quoted(litellmConfig)] : []),
  ].join(" ");
