import type { Entry, Node, Place } from "./node.js";

type Words = Readonly<Record<string, string | undefined>>;

/** One setting as LiteLLM takes it. */
export interface Setting {
  readonly place: Place;
  /** A reference that leads nowhere is undefined; a mapping or a list is left as it is. */
  readonly value: string | number | boolean | null | undefined | Node;
  /** `REDIS_HOST` of `os.environ/REDIS_HOST`; null when the value stands in the file. */
  readonly reference: string | null;
}

const REFERENCE = "os.environ/";

/** The merged settings and the environment that their references are resolved from. */
export class Settings {
  constructor(
    private readonly root: ReadonlyMap<string, Entry>,
    private readonly env: Words,
  ) {}

  /** The setting at `general_settings`, `master_key`, …; undefined when it is not there. */
  at(...path: readonly string[]): Setting | undefined {
    let entries: ReadonlyMap<string, Entry> | undefined = this.root;
    let entry: Entry | undefined;
    for (const name of path) {
      entry = entries?.get(name);
      if (!entry) return undefined;
      entries = entry.value.kind === "mapping" ? entry.value.entries : undefined;
    }
    return entry && this.#resolve(entry.place, entry.value);
  }

  /** The names of a section with their lines; none when there is no such section. */
  entries(...path: readonly string[]): ReadonlyMap<string, Entry> {
    const section = this.at(...path)?.value;
    return isNode(section) && section.kind === "mapping" ? section.entries : new Map();
  }

  /** The same settings without the one at `section`, `name`. */
  without(section: string, name: string): Settings {
    const entry = this.root.get(section);
    if (entry?.value.kind !== "mapping") return this;
    const entries = new Map([...entry.value.entries].filter(([one]) => one !== name));
    return new Settings(new Map([...this.root, [section, { ...entry, value: { ...entry.value, entries } }]]), this.env);
  }

  /** Every setting of a section, by name; none when there is no such section. */
  under(...path: readonly string[]): ReadonlyMap<string, Setting> {
    return new Map([...this.entries(...path)].map(([name, { place, value }]) => [name, this.#resolve(place, value)]));
  }

  /** A mapping or a list as plain values. A reference is resolved within mappings, as LiteLLM does it; in a list it stays as it stands. */
  plain(node: Node): unknown {
    if (node.kind === "list") return node.items.map((item) => (item.kind === "scalar" ? item.value : this.plain(item)));
    if (node.kind === "scalar") return this.#resolve(node.place, node).value;
    return Object.fromEntries([...node.entries].map(([name, { value }]) => [name, this.plain(value)]));
  }

  #resolve(place: Place, node: Node): Setting {
    if (node.kind !== "scalar") return { place, value: node, reference: null };
    const { value } = node;
    if (typeof value !== "string" || !value.startsWith(REFERENCE)) return { place, value, reference: null };
    const reference = value.slice(REFERENCE.length);
    const text = this.env[reference];
    // LiteLLM takes these two words of the environment for booleans.
    const word = text?.trim().toLowerCase();
    return { place, value: word === "true" ? true : word === "false" ? false : text, reference };
  }
}

const isNode = (value: Setting["value"]): value is Node => typeof value === "object" && value !== null;

/** The text of a plain value; undefined for null, what is not resolved, a mapping and a list. */
export function textOf(setting: Setting | undefined): string | undefined {
  const value = setting?.value;
  return value === undefined || value === null || typeof value === "object" ? undefined : String(value);
}

/** The mapping or list of a setting. */
export const nodeOf = (setting: Setting | undefined): Node | undefined =>
  isNode(setting?.value) ? setting.value : undefined;
