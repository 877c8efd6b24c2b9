import { type ChildProcess, execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Held } from "./overlap-check.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Load {
  readonly port: number;
  readonly name: string;
  readonly limit: number;
  readonly callers: number;
  readonly ttlMs: number;
  /** Least and most, ms. */
  readonly holdMs: readonly [number, number];
}

interface Line {
  readonly id?: string;
  readonly from?: number;
  readonly to?: number;
  readonly lost?: string;
  readonly pause?: number;
  readonly held?: boolean[];
}

/** Compiles the limiter as its sources are now, into a new folder that is the result. */
export async function build(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "llmctl-fleet-"));
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      rootDir: join(root, "src"),
      outDir: dir,
      declaration: false,
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: [join(root, "src/limiter")],
  };
  await writeFile(join(dir, "tsconfig.json"), JSON.stringify(config));
  await writeFile(join(dir, "package.json"), '{"type":"module"}');
  await promisify(execFile)(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", dir]);
  // As the build does it.
  const { embedLua } = await import(join(root, "bin/embed-lua.js"));
  await embedLua(join(root, "src/limiter/lua"), join(dir, "limiter/lua-text.js"));
  return dir;
}

/** Processes of our own around one limiter. */
export class Fleet {
  readonly #members: { child: ChildProcess; log: string; killedAt: number }[] = [];

  private constructor(
    readonly built: string,
    readonly dir: string,
  ) {}

  /** `built`: what `build` returned. */
  static async muster(built: string): Promise<Fleet> {
    return new Fleet(built, await mkdtemp(join(built, "fleet-")));
  }

  /** Starts one process; its number is what the other methods take. */
  async start(load: Load): Promise<number> {
    const number = this.#members.length;
    const log = join(this.dir, `${number}.ndjson`);
    const worker = fileURLToPath(new URL("worker.mjs", import.meta.url));
    const args = [join(this.built, "limiter/index.js"), JSON.stringify({ ...load, log })];
    await writeFile(log, "");
    const child = fork(worker, args, { stdio: "inherit", execArgv: [] });
    this.#members.push({ child, log, killedAt: Number.POSITIVE_INFINITY });
    await once(child, "message");
    return number;
  }

  signal(number: number, signal: NodeJS.Signals): void {
    const member = this.#member(number);
    if (signal === "SIGKILL") member.killedAt = now();
    member.child.kill(signal);
  }

  /** Busies the event loop of one process. */
  block(number: number, ms: number): void {
    this.#member(number).child.send({ block: ms });
  }

  /** Ends all processes; what they wrote stays. */
  async end(): Promise<void> {
    for (const { child } of this.#members) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, "exit");
      child.kill("SIGCONT");
      if (child.connected) child.send({ stop: true });
      else child.kill("SIGKILL");
      await gone;
    }
  }

  /** What everybody held, in ms of the machine's monotonic clock. Who was killed held until then at most. */
  async held(): Promise<Held[]> {
    const all: Held[] = [];
    for (const [number, { killedAt }] of this.#members.entries()) {
      const open = new Map<string, number>();
      for (const { id, from, to } of await this.lines(number)) {
        if (id && from !== undefined) open.set(id, from);
        if (!id || to === undefined) continue;
        all.push({ from: open.get(id) as number, to, who: `${number}` });
        open.delete(id);
      }
      for (const from of open.values()) all.push({ from, to: killedAt, who: `${number}` });
    }
    return all;
  }

  async lines(number: number): Promise<Line[]> {
    const text = await readFile(this.#member(number).log, "utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    return whole
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  #member(number: number) {
    const member = this.#members[number];
    if (!member) throw new Error(`no process ${number}`);
    return member;
  }
}

/** The machine's monotonic clock, ms: the same in all processes. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;
