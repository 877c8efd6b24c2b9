import type { Entry, Node, Place } from "./node.js";

type Words = Readonly<Record<string, string | undefined>>;

/** One setting as LiteLLM interprets it. */
export interface Setting {
  readonly place: Place;
  /** Undefined for an unresolved reference; a mapping or a list stays unchanged. */
  readonly value: string | number | boolean | null | undefined | Node;
  /** `REDIS_HOST` of `os.environ/REDIS_HOST`; null for a literal value. */
  readonly reference: string | null;
}

const REFERENCE = "os.environ/";

/** The merged settings and the environment that resolves their references. */
export class Settings {
  constructor(
    private readonly root: ReadonlyMap<string, Entry>,
    private readonly env: Words,
  ) {}

  /** The setting at `general_settings`, `master_key`, …; undefined when there is none. */
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

  /** The names of a section with their lines; empty without such a section. */
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

  /** Every setting of a section by name; empty without such a section. */
  under(...path: readonly string[]): ReadonlyMap<string, Setting> {
    return new Map([...this.entries(...path)].map(([name, { place, value }]) => [name, this.#resolve(place, value)]));
  }

  /**
   * A mapping or a list as plain values. References are resolved within mappings, as LiteLLM does; in a list they stay
   * unchanged.
   */
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
    // LiteLLM converts these two words of the environment to booleans.
    const word = text?.trim().toLowerCase();
    return { place, value: word === "true" ? true : word === "false" ? false : text, reference };
  }
}

const isNode = (value: Setting["value"]): value is Node => typeof value === "object" && value !== null;

/** The text of a scalar value; undefined for null, an unresolved reference, a mapping and a list. */
export function textOf(setting: Setting | undefined): string | undefined {
  const value = setting?.value;
  return value === undefined || value === null || typeof value === "object" ? undefined : String(value);
}

/** The mapping or list of a setting. */
export const nodeOf = (setting: Setting | undefined): Node | undefined =>
  isNode(setting?.value) ? setting.value : undefined;
