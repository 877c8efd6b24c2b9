import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { usageError } from "../../errors.js";
import type { Entry, ListNode, MappingNode, Node, Place } from "./node.js";

/** The parser's own messages may quote the file, which contains secrets; these do not. */
const PROBLEMS: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: "a tab stands where spaces should indent",
  BAD_INDENT: "the indentation does not fit what stands above",
  MISSING_CHAR: "a quote, a bracket or a colon is missing",
  BLOCK_AS_IMPLICIT_KEY: "a value holds a second `: `; put it in quotes",
  BAD_SCALAR_START: "a value begins with a character that needs quotes",
  MULTIPLE_DOCS: "there is more than one document (---) in it",
  TAG_RESOLVE_FAILED: "a tag (!…) is not known, and LiteLLM does not know it either",
};

/**
 * Parses a file of LiteLLM's configuration like its own parser (PyYAML, YAML 1.1: `yes` and `on` are true, the last of
 * duplicate names counts). Null for an empty file. Exit 2 when it is not YAML: the error names line and column and
 * quotes nothing of the file.
 */
export function parseYaml(text: string, file: string): Node | null {
  const lines = new LineCounter();
  const options = { version: "1.1", uniqueKeys: false, prettyErrors: false, logLevel: "error" } as const;
  const document = parseDocument(text, { ...options, lineCounter: lines });
  const wrong = document.errors[0] ?? document.warnings[0];
  if (wrong) throw notYaml(file, lines.linePos(wrong.pos[0]), sayProblem(wrong.code));
  return document.contents === null ? null : new Reader(document, file, lines).read(document.contents);
}

const sayProblem = (code: ErrorCode): string => PROBLEMS[code] ?? code.toLowerCase().replaceAll("_", " ");

const notYaml = (file: string, { line, col }: { line: number; col: number }, what: string) =>
  usageError({
    code: "bad-litellm-config",
    message: `${file} is not YAML: line ${line}, column ${col}: ${what}`,
    hint: "fix that line; LiteLLM itself does not start with it",
  });

class Reader {
  readonly #done = new Map<unknown, Node>();

  constructor(
    private readonly document: Document.Parsed,
    private readonly file: string,
    private readonly lines: LineCounter,
  ) {}

  read(node: ParsedNode | null): Node {
    if (isAlias(node)) {
      const aim = node.resolve(this.document);
      if (aim) return this.read(aim as ParsedNode);
      throw notYaml(this.file, this.lines.linePos(node.range[0]), "an alias (*…) names nothing above it");
    }
    const known = this.#done.get(node);
    if (known) return known;
    const place = this.#place(node);
    if (isMap(node)) {
      const entries = new Map<string, Entry>();
      const mapping: MappingNode = { kind: "mapping", place, entries };
      this.#done.set(node, mapping);
      this.#fill(entries, node);
      return mapping;
    }
    if (isSeq(node)) {
      const items: Node[] = [];
      const list: ListNode = { kind: "list", place, items };
      this.#done.set(node, list);
      for (const item of node.items) items.push(this.read(item as ParsedNode));
      return list;
    }
    const value = isScalar(node) ? node.value : null;
    const plain = typeof value === "boolean" || typeof value === "number" || value === null;
    return { kind: "scalar", place, value: plain ? value : String(value) };
  }

  #fill(entries: Map<string, Entry>, map: YAMLMap.Parsed): void {
    const own = new Map<string, Entry>();
    for (const { key, value } of map.items) {
      const name = isScalar(key) ? key.value : null;
      if (typeof name === "symbol") this.#merge(entries, this.read(value));
      else {
        const text = String(name);
        const place = this.#place(key);
        const last = own.get(text);
        own.set(text, {
          place,
          value: value === null ? { kind: "scalar", place, value: null } : this.read(value),
          before: last ? [...last.before, last.place] : [],
        });
      }
    }
    // A mapping's own names win over merged ones.
    for (const [name, entry] of own) entries.set(name, entry);
  }

  /** `<<: *other`, or a list of such, where the first wins. */
  #merge(entries: Map<string, Entry>, from: Node): void {
    const sources = from.kind === "list" ? from.items : [from];
    for (const source of sources) {
      if (source.kind !== "mapping") continue;
      for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry);
    }
  }

  #place(node: ParsedNode | null): Place {
    return { file: this.file, line: node?.range ? this.lines.linePos(node.range[0]).line : 1 };
  }
}
