import { basename, dirname, isAbsolute, join } from "node:path";
import type { Entry, MappingNode, Node, Place } from "./node.js";

/** Reads a file of the configuration; undefined when it does not exist. Throws when it is not YAML. */
export type ReadConfigFile = (path: string) => Promise<Node | null | undefined>;

/** A problem of how the files are combined. */
export interface FileProblem {
  readonly place: Place;
  readonly text: string;
  readonly advice: string;
  /** `fail`: LiteLLM does not start with it. */
  readonly severity: "fail" | "warn";
}

/** The merged configuration. */
export interface Merged {
  readonly root: ReadonlyMap<string, Entry>;
  readonly files: readonly string[];
  readonly problems: readonly FileProblem[];
}

/**
 * Merges a configuration with its includes like LiteLLM 1.109.1 (verified by running it): files in the order in which
 * they are named, with those of an included file at the end. A list is appended to the existing list; anything else,
 * whole sections too, replaces it. A file is read only once.
 * Releases up to 1.95.0 look for every file beside the first one, and never start if a file includes one that was
 * already read (verified by running them). Both are reported.
 */
export async function mergeIncludes(path: string, top: MappingNode, read: ReadConfigFile): Promise<Merged> {
  const root = new Map(top.entries);
  const files = [path];
  const problems: FileProblem[] = [];
  const pending = entriesOf(top, path, problems);
  for (let at = 0; at < pending.length; at++) {
    const { entry, place, declaredIn } = pending[at] as Pending;
    const found = await locate(entry, declaredIn, path, read);
    if (found === undefined) {
      problems.push({
        place,
        text: `include names ${entry}, which is not there`,
        advice: `LiteLLM does not start without it; put it beside ${basename(declaredIn)}, or fix its name`,
        severity: "fail",
      });
      continue;
    }
    if (files.includes(found.path)) {
      problems.push({
        place,
        text: `includes ${entry}, which was included before: LiteLLM 1.109.1 passes it over; up to 1.95.0 its lists count twice, and a circle keeps it from ever starting`,
        advice: "take the line out",
        severity: "warn",
      });
      continue;
    }
    files.push(found.path);
    if (declaredIn !== path && dirname(declaredIn) !== dirname(path)) {
      problems.push({
        place,
        text: `${entry} is looked for beside this file since LiteLLM 1.109.1, and beside ${basename(path)} up to 1.95.0`,
        advice: "keep all included files beside the first one",
        severity: "warn",
      });
    }
    if (found.node === null) continue;
    if (found.node.kind !== "mapping") {
      problems.push({
        place,
        text: `${entry} holds no settings, but a single ${found.node.kind === "list" ? "list" : "value"}`,
        advice: "LiteLLM does not start with it; begin it with a name, such as model_list:",
        severity: "fail",
      });
      continue;
    }
    pending.push(...entriesOf(found.node, found.path, problems));
    merge(root, found.node, problems);
  }
  root.delete("include");
  return { root, files, problems };
}

interface Pending {
  readonly entry: string;
  readonly place: Place;
  readonly declaredIn: string;
}

function entriesOf({ entries }: MappingNode, declaredIn: string, problems: FileProblem[]): Pending[] {
  const include = entries.get("include")?.value;
  if (include === undefined) return [];
  const items = include.kind === "list" ? include.items : undefined;
  const names = items?.flatMap((item) => (item.kind === "scalar" && typeof item.value === "string" ? [item] : []));
  if (!items || names?.length !== items.length) {
    problems.push({
      place: include.place,
      text: "include is no list of file names",
      advice: "LiteLLM does not start with it; write: include: [models.yaml]",
      severity: "fail",
    });
  }
  return (names ?? []).map(({ value, place }) => ({ entry: value as string, place, declaredIn }));
}

/** Beside the file that names it, else beside the first one. */
async function locate(entry: string, declaredIn: string, root: string, read: ReadConfigFile) {
  for (const from of new Set([declaredIn, root])) {
    const path = isAbsolute(entry) ? entry : join(dirname(from), entry);
    const node = await read(path);
    if (node !== undefined) return { path, node };
  }
  return undefined;
}

/** Sections that a file replaces as a whole, so that settings are lost. */
const SECTIONS = ["general_settings", "litellm_settings", "router_settings"];

function merge(root: Map<string, Entry>, included: MappingNode, problems: FileProblem[]): void {
  for (const [name, entry] of included.entries) {
    if (name === "include") continue;
    const before = root.get(name);
    const [old, added] = [before?.value, entry.value];
    if (before && old?.kind === "list" && added.kind === "list") {
      root.set(name, { ...before, value: { ...old, items: [...old.items, ...added.items] } });
      continue;
    }
    if (before && SECTIONS.includes(name)) {
      problems.push({
        place: entry.place,
        text: `${name} replaces the whole of ${name} of ${before.place.file}:${before.place.line}: nothing written there counts`,
        advice: `keep ${name} in one file`,
        severity: "warn",
      });
    }
    root.set(name, entry);
  }
}
