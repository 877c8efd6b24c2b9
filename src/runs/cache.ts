import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { distrustOfFolder, readTrusted } from "../config/trusted-file.js";
import { judgeAnew } from "./rejudge.js";
import { parseRun, type RecordedRun, runsDir } from "./schema.js";

/** What doctor needs of a run, judged anew; its calls, which are most of it, are let go. */
export type CachedRun = Pick<RecordedRun, "header" | "end">;

interface Book {
  readonly stamp: string;
  readonly run: CachedRun | undefined;
}

/**
 * The recorded runs that may be evidence, kept over many examinations: a file is read anew only when it has changed.
 * What others could have written is passed over, and said once.
 */
export class RunCache {
  readonly #dir: string;
  #books: ReadonlyMap<string, Book> = new Map();

  constructor(
    private readonly stateDir: string,
    private readonly report: { warnOnce(line: string): void },
  ) {
    this.#dir = runsDir(stateDir);
  }

  /** The newest first. */
  async read(): Promise<CachedRun[]> {
    const books = new Map<string, Book>();
    const folder = await distrustOfFolder(this.#dir, this.stateDir);
    if (folder) this.report.warnOnce(`not used as proof: the runs in ${this.#dir}: ${folder.why}: ${folder.fix}`);
    for (const name of folder ? [] : await this.#names()) {
      const path = join(this.#dir, name);
      const before = this.#books.get(name);
      const file = await readTrusted(path, before?.stamp);
      if (file.kind === "same" && before) books.set(name, before);
      if (file.kind === "read") books.set(name, { stamp: file.stamp, run: shelved(path, file.text) });
      if (file.kind === "distrusted")
        this.report.warnOnce(`not used as proof: ${path} ${file.distrust.why}: ${file.distrust.fix}`);
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
