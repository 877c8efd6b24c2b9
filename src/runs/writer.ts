import { access, type FileHandle } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { logLine, logPath, openLogFile } from "../config/ndjson-log.js";
import { errorCode, usageError } from "../errors.js";
import type { ProbeEvent } from "../verdict/events.js";
import type { RunEnd, RunHeader } from "./schema.js";
import { callLine } from "./serialize-call.js";

/** How long lines are gathered for one write: what a crash of the process can cost at most, and a hundredth of the cost of a write for each. */
const GATHER_MS = 20;

/** Writes one run: whole lines, a few milliseconds after they happened; `close` waits for the last. */
export class Recorder {
  readonly path: string;
  readonly #file: FileHandle;
  #events: ProbeEvent[] = [];
  /** Lines on their way to the disk, as bytes: kept as strings they make the garbage collector take 2 µs a call more. */
  #pages: Buffer[] = [];
  #flushing: Promise<void> | undefined;
  #failure: unknown;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Opens `<dir>/<id>.ndjson`, readable by its owner only. Exit 2 when it cannot be written. */
  static async open(dir: string, header: RunHeader): Promise<Recorder> {
    const path = logPath(dir, header.id);
    let file: FileHandle | undefined;
    try {
      file = await openLogFile(path);
      await file.appendFile(logLine(header));
    } catch (error) {
      await file?.close();
      throw unwritable(path, error);
    }
    return new Recorder(path, file);
  }

  write(event: ProbeEvent): void {
    // A full disk comes to light in `close`; there is no use in keeping more for it.
    if (this.#failure !== undefined) return;
    // Two turns of the loop later the requests of this one have gone out, and lines are made while the other side works on them.
    if (this.#events.push(event) === 1) setImmediate(() => setImmediate(() => this.#gather()));
  }

  #gather(): void {
    const events = this.#events;
    this.#events = [];
    if (events.length === 0) return;
    const lines = events.map((event) => (event.kind === "call" ? callLine(event) : logLine(event)));
    this.#pages.push(Buffer.from(lines.join("")));
    this.#flushing ??= this.#flush();
  }

  /** One write at a time; what comes meanwhile is gathered for the next. */
  async #flush(): Promise<void> {
    try {
      while (this.#pages.length > 0) {
        await sleep(GATHER_MS);
        await this.#append();
      }
    } catch (error) {
      this.#failure = error;
      this.#pages = [];
    }
    this.#flushing = undefined;
  }

  async #append(): Promise<void> {
    const pages = this.#pages;
    this.#pages = [];
    await this.#file.appendFile(Buffer.concat(pages));
  }

  async close(end: RunEnd): Promise<void> {
    this.#gather();
    try {
      await this.#flushing;
      if (this.#failure !== undefined) throw this.#failure;
      this.#pages.push(Buffer.from(logLine(end)));
      await this.#append();
      // An open file can be written to after it was deleted.
      await access(this.path);
    } catch (error) {
      throw unwritable(this.path, error);
    } finally {
      await this.#file.close();
    }
  }
}

const unwritable = (path: string, error: unknown) =>
  usageError(
    "run-unwritable",
    `the run cannot be recorded in ${path} (${errorCode(error)})`,
    "make room there, or name another folder in XDG_STATE_HOME",
    error,
  );
