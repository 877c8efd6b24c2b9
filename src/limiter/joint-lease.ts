import type { HeldLease, Lease, ReleaseOutcome } from "./lease.js";

/** One slot under each of several names, held and given back together. */
export class JointLease implements Lease {
  readonly name: string;
  readonly id: string;
  #signal: AbortSignal | undefined;

  constructor(readonly parts: readonly HeldLease[]) {
    this.name = parts.map((part) => part.name).join(" + ");
    this.id = parts.map((part) => part.id).join("+");
  }

  /** The fencing number of the first name, in alphabetical order; `parts` has them all. */
  get seq(): number {
    return (this.parts[0] as Lease).seq;
  }

  get epoch(): string {
    return (this.parts[0] as Lease).epoch;
  }

  get backed(): boolean {
    return this.parts.every((part) => part.backed);
  }

  get signal(): AbortSignal {
    this.#signal ??= AbortSignal.any(this.parts.map((part) => part.signal));
    return this.#signal;
  }

  get remainingMs(): number {
    return Math.min(...this.parts.map((part) => part.remainingMs));
  }

  set running(running: boolean) {
    for (const part of this.parts) part.running = running;
  }

  held(): boolean {
    return this.parts.every((part) => part.held());
  }

  async release(): Promise<ReleaseOutcome> {
    const outcomes = await Promise.all([...this.parts].reverse().map((part) => part.release()));
    return (
      outcomes.find((outcome) => outcome === "unknown") ?? outcomes.find((outcome) => outcome === "late") ?? "released"
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}
