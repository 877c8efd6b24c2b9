import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../config/context.js";
import { distrustOfFolder, readTrusted } from "../config/trusted-file.js";
import { judgeAnew } from "./rejudge.js";
import { parseRun, type RecordedRun, runsDir } from "./schema.js";

/** What doctor needs of a run, judged again. The calls, which take most of the memory, are dropped. */
export type CachedRun = Pick<RecordedRun, "header" | "end">;

interface Book {
  readonly stamp: string;
  readonly run: CachedRun | undefined;
}

/**
 * Caches the recorded runs that may be evidence; a file is read again only when it has changed. Files that others could
 * have written are skipped with one warning.
 */
export class RunCache {
  readonly #dir: string;
  #books: ReadonlyMap<string, Book> = new Map();

  constructor(private readonly context: Pick<Context, "settings" | "terminal">) {
    this.#dir = runsDir(context.settings.stateDir);
  }

  /** The newest first. */
  async read(): Promise<CachedRun[]> {
    const { terminal, settings } = this.context;
    const books = new Map<string, Book>();
    const folder = await distrustOfFolder(this.#dir, settings.stateDir);
    if (folder) terminal.warnOnce(`not used as proof: the runs in ${this.#dir}: ${folder.why}: ${folder.fix}`);
    for (const name of folder ? [] : await this.#names()) {
      const path = join(this.#dir, name);
      const before = this.#books.get(name);
      const file = await readTrusted(path, before?.stamp);
      if (file.kind === "same" && before) books.set(name, before);
      if (file.kind === "read") books.set(name, { stamp: file.stamp, run: shelved(path, file.text) });
      if (file.kind === "distrusted")
        terminal.warnOnce(`not used as proof: ${path} ${file.distrust.why}: ${file.distrust.fix}`);
    }
    this.#books = books;
    return [...books.values()]
      .flatMap(({ run }) => (run ? [run] : []))
      .sort((a, b) => b.header.startedAt.localeCompare(a.header.startedAt));
  }

  async #names(): Promise<string[]> {
    try {
      return (await readdir(this.#dir)).filter((name) => name.endsWith(".ndjson"));
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
      throw error;
    }
  }
}

function shelved(path: string, text: string): CachedRun | undefined {
  const run = parseRun(path, text);
  return run && { header: run.header, end: judgeAnew(run) };
}
