import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { toned } from "../../src/terminal/colour.js";
import { Terminal } from "../../src/terminal/terminal.js";

interface Setting {
  tty?: { stdin?: boolean; stdout?: boolean; stderr?: boolean };
  env?: NodeJS.ProcessEnv;
  quiet?: boolean;
  input?: boolean;
}

function terminal({ tty = {}, env = {}, ...rest }: Setting = {}) {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") => ({
    write: (text: string) => {
      written[name] += text;
    },
    isTTY: tty[name] ?? false,
    columns: 20,
  });
  const stdin = Object.assign(new PassThrough(), { isTTY: tty.stdin ?? false }) as unknown as NodeJS.ReadStream;
  return {
    written,
    terminal: new Terminal({ stdout: stream("stdout"), stderr: stream("stderr"), stdin, env, ...rest }),
  };
}

test("gives stdout the document and nothing else", async () => {
  const { written, terminal: it } = terminal();
  it.note("a note");
  it.warn("a warning");
  it.progress.show("working");
  await it.document("{}\n");
  expect(written).toEqual({ stdout: "{}\n", stderr: "a note\na warning\n" });
});

test("leaves out notes with --quiet, never warnings", () => {
  const { written, terminal: it } = terminal({ quiet: true });
  it.note("a note");
  it.warn("a warning");
  expect(written.stderr).toBe("a warning\n");
});

test("hides secrets and spells out control characters in what it says", () => {
  const { written, terminal: it } = terminal({ env: { FORCE_COLOR: "1" } });
  it.secrets.learn("planted-password");
  it.note("with planted-password and \u001b[2J");
  it.warn(toned("bad", "sk-foreign-key-0001"));
  expect(written.stderr).toBe("with … and \\u001b[2J\n\u001b[31msk-…0001\u001b[39m\n");
});

test("asks only where somebody can see the question and answer it", () => {
  const both = { stdin: true, stderr: true };
  expect(terminal({ tty: both }).terminal.interactive).toBe(true);
  expect(terminal({ tty: { stdin: true } }).terminal.interactive).toBe(false);
  expect(terminal({ tty: { stderr: true } }).terminal.interactive).toBe(false);
  expect(terminal({ tty: both, input: false }).terminal.interactive).toBe(false);
});

test("decides on colour and width for each stream by itself", () => {
  const { terminal: it } = terminal({ tty: { stderr: true } });
  expect([it.colour, it.columns]).toEqual([{ out: false, err: true }, 0]);
  expect(terminal({ tty: { stdout: true } }).terminal.columns).toBe(20);
});

test("draws progress over itself on a terminal, cut to its width, and takes it away before a line", () => {
  const { written, terminal: it } = terminal({ tty: { stderr: true } });
  it.progress.show("a line that is much too long for it");
  it.note("note");
  it.progress.clear();
  expect(written.stderr).toBe("\r\u001b[2Ka line that is muc…\r\u001b[2Knote\n");
});

test("draws no progress off a terminal, on a dumb one, or with --quiet", () => {
  for (const setting of [
    {},
    { tty: { stderr: true }, env: { TERM: "dumb" } },
    { tty: { stderr: true }, quiet: true },
  ]) {
    const { written, terminal: it } = terminal(setting);
    it.progress.show("working");
    it.progress.clear();
    expect(written.stderr).toBe("");
    expect(it.progress.animated).toBe(false);
  }
});

test("waits for a reader who is slower than it", async () => {
  let drained: (() => void) | undefined;
  const stdout = {
    write: () => false,
    once: (_event: "drain", listener: () => void) => {
      drained = listener;
    },
  };
  const stdin = new PassThrough() as unknown as NodeJS.ReadStream;
  const it = new Terminal({ stdout, stderr: { write: () => true }, stdin, env: {} });
  let done = false;
  const writing = it.document("text").then(() => {
    done = true;
  });
  await new Promise(setImmediate);
  expect(done).toBe(false);
  drained?.();
  await writing;
  expect(done).toBe(true);
});
