import type { Script } from "./scripts.js";

/**
 * The reply of a Lua script, taken part by part in the order in which the script's header names them. Texts come as
 * strings or as Buffers. A part of another type is a defect of ours and throws a plain Error.
 */
export class ScriptReply {
  #at = 0;
  readonly #parts: readonly unknown[];

  constructor(
    private readonly script: Pick<Script, "name">,
    reply: unknown,
  ) {
    if (!Array.isArray(reply)) throw this.#unexpected("a list", reply);
    this.#parts = reply;
  }

  /** Whether all parts are taken. */
  get done(): boolean {
    return this.#at >= this.#parts.length;
  }

  number(): number {
    const part = this.#parts[this.#at++];
    if (typeof part === "number") return part;
    throw this.#unexpected("a number", part);
  }

  text(): string {
    const part = this.#parts[this.#at++];
    if (typeof part === "string") return part;
    if (Buffer.isBuffer(part)) return part.toString();
    throw this.#unexpected("a text", part);
  }

  bytes(): Buffer {
    const part = this.#parts[this.#at++];
    if (Buffer.isBuffer(part)) return part;
    throw this.#unexpected("bytes", part);
  }

  list(): ScriptReply {
    return new ScriptReply(this.script, this.#parts[this.#at++]);
  }

  #unexpected(wanted: string, part: unknown): Error {
    return new Error(
      `script ${this.script.name}: part ${this.#at} of its reply is no ${wanted.replace(/^an? /, "")}: ${typeof part}`,
    );
  }
}
