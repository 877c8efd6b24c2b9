import { access, type FileHandle } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { logLine, logPath, openLogFile } from "../config/ndjson-log.js";
import { errorCode, usageError } from "../errors.js";
import type { ProbeEvent } from "../verdict/events.js";
import type { RunEnd, RunHeader } from "./schema.js";
import { callLine } from "./serialize-call.js";

/**
 * Milliseconds for which lines are collected into one write: the most that a crash can lose, and a hundredth of the
 * cost of a write for each.
 */
const GATHER_MS = 20;

/** Writes one run in whole lines, a few milliseconds after each event; `close` waits for the last. */
export class Recorder {
  readonly path: string;
  readonly #file: FileHandle;
  #events: ProbeEvent[] = [];
  /** Lines on their way to the disk, as bytes: as strings they make the garbage collector take 2 µs a call more. */
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
    // A full disk is reported by `close`; keeping more lines is useless.
    if (this.#failure !== undefined) return;
    // Two turns of the event loop later the requests of this turn are sent, and lines are serialised while the server
    // works on them.
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

  /** One write at a time; events meanwhile are collected for the next. */
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
      // A deleted file can still be written to through its open handle.
      await access(this.path);
    } catch (error) {
      throw unwritable(this.path, error);
    } finally {
      await this.#file.close();
    }
  }
}

const unwritable = (path: string, error: unknown) =>
  usageError({
    code: "run-unwritable",
    message: `the run cannot be recorded in ${path} (${errorCode(error)})`,
    hint: "make room there, or name another folder in XDG_STATE_HOME",
    cause: error,
  });
