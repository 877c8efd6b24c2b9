import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseRun, type RecordedRun, runsDir } from "../probe/record.js";

/** What doctor needs of a run; its calls, which are most of it, are let go. */
export type ShelvedRun = Pick<RecordedRun, "header" | "end">;

interface Book {
  /** Size and time of the last change. */
  readonly stamp: string;
  readonly run: ShelvedRun | undefined;
}

/** The recorded runs for one who looks at them again and again: a file is read anew only when it has changed. */
export class RunShelf {
  readonly #dir: string;
  #books: ReadonlyMap<string, Book> = new Map();

  constructor(stateDir: string) {
    this.#dir = runsDir(stateDir);
  }

  /** The newest first. */
  async read(): Promise<ShelvedRun[]> {
    const books = new Map<string, Book>();
    for (const name of await this.#names()) {
      const path = join(this.#dir, name);
      const { size, mtimeMs } = await stat(path);
      const stamp = `${size} ${mtimeMs}`;
      const before = this.#books.get(name);
      books.set(name, before?.stamp === stamp ? before : { stamp, run: shelved(path, await readFile(path, "utf8")) });
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
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }
}

function shelved(path: string, text: string): ShelvedRun | undefined {
  const run = parseRun(path, text);
  return run && { header: run.header, end: run.end };
}
