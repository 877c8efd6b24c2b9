import { listIds, logPath } from "../config/ndjson-log.js";
import { distrustOfFolder, readTrusted } from "../config/trusted-file.js";
import { parseRun, type RecordedRun, runsDir } from "./reader.js";
import { rejudge } from "./rejudge.js";

/** What doctor needs of a run, judged again. The calls, which take most of the memory, are dropped. */
export type CachedRun = Pick<RecordedRun, "header" | "end">;

interface Entry {
  /** Tells two versions of the file apart; see `readTrusted`. */
  readonly stamp: string;
  /** Undefined: the file is no run. */
  readonly run: CachedRun | undefined;
}

/**
 * Caches the recorded runs that may be evidence; a file is read again only when it has changed. Files that others could
 * have written are skipped with one warning.
 */
export class RunCache {
  readonly #dir: string;
  #entries: ReadonlyMap<string, Entry> = new Map();

  constructor(
    private readonly stateDir: string,
    private readonly report: { warnOnce(line: string): void },
  ) {
    this.#dir = runsDir(stateDir);
  }

  /** All runs, the newest first. */
  async read(): Promise<CachedRun[]> {
    const entries = new Map<string, Entry>();
    const folder = await distrustOfFolder(this.#dir, this.stateDir);
    if (folder) this.report.warnOnce(`not used as proof: the runs in ${this.#dir}: ${folder.why}: ${folder.fix}`);
    for (const id of folder ? [] : await listIds(this.#dir)) {
      const path = logPath(this.#dir, id);
      const before = this.#entries.get(id);
      const file = await readTrusted(path, before?.stamp);
      if (file.kind === "same" && before) entries.set(id, before);
      if (file.kind === "read") entries.set(id, { stamp: file.stamp, run: evidenceIn(path, file.text) });
      if (file.kind === "distrusted")
        this.report.warnOnce(`not used as proof: ${path} ${file.distrust.why}: ${file.distrust.fix}`);
    }
    this.#entries = entries;
    return [...entries.values()]
      .flatMap(({ run }) => (run ? [run] : []))
      .sort((a, b) => b.header.startedAt.localeCompare(a.header.startedAt));
  }
}

function evidenceIn(path: string, text: string): CachedRun | undefined {
  const run = parseRun(path, text);
  if (!run) return undefined;
  const { header, end } = rejudge(run);
  return { header, end };
}
