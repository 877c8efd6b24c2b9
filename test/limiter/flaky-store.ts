import { type Store, StoreError } from "../../src/limiter/index.js";

/**
 * `ok` · `cut`: it runs, the reply is lost · `unsent`: it never runs, and nobody knows · `error`: the server says no · `hang`: it runs when
 * `thaw` is called, and nobody has waited · `late`: it runs at once, and the reply comes with `thaw`.
 */
export type Fault = "ok" | "cut" | "unsent" | "error" | "hang" | "late";

/** Any store, with faults that a test switches on and a record of what was sent. */
export class FlakyStore implements Store {
  fault: Fault = "ok";
  readonly sent: string[] = [];
  /** Keep wake-up messages from arriving. */
  deaf = false;
  #frozen: (() => void)[] = [];

  constructor(readonly inner: Store) {}

  acquire: Store["acquire"] = (name, call) => this.#through("acquire", () => this.inner.acquire(name, call));
  acquireAll: Store["acquireAll"] = (calls) =>
    this.#through("acquireAll", () => this.inner.acquireAll(calls) ?? Promise.reject(new Error()));
  renew: Store["renew"] = (name, call) => this.#through("renew", () => this.inner.renew(name, call));
  release: Store["release"] = (name, call) => this.#through("release", () => this.inner.release(name, call));
  peek: Store["peek"] = (name, processes) => this.#through("peek", () => this.inner.peek(name, processes));
  listen: Store["listen"] = (name, process, wake) => this.inner.listen(name, process, () => this.deaf || wake());
  domain: Store["domain"] = (name) => this.inner.domain(name);
  attach: Store["attach"] = (listener) => this.inner.attach(listener);

  count(kind: string): number {
    return this.sent.filter((one) => one === kind).length;
  }

  thaw(): void {
    for (const run of this.#frozen.splice(0)) run();
  }

  async #through<T>(kind: string, run: () => Promise<T>): Promise<T> {
    this.sent.push(kind);
    if (this.fault === "ok") return run();
    if (this.fault === "cut") await run();
    if (this.fault === "hang") return new Promise((resolve) => this.#frozen.push(() => resolve(run())));
    if (this.fault === "late") {
      const reply = await run();
      return new Promise((resolve) => this.#frozen.push(() => resolve(reply)));
    }
    throw new StoreError(this.fault === "error" ? "failed" : "unknown", `fault: ${this.fault}`);
  }
}
