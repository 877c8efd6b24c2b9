import type { Reply, Seen } from "./store.js";

/** What one client has been told about one name: shown to the server with each call, so that a server that lost it is found out. */
export class ServerState {
  #epoch = "";
  #seq: number;
  #ttlMs: number;
  #provenAt = Number.NEGATIVE_INFINITY;
  #grantedAt = 0;
  #msPerGrant: number | undefined;

  /** `floor`: sequence numbers start no lower. */
  constructor(
    readonly ownTtlMs: number,
    floor: number,
  ) {
    this.#seq = floor;
    this.#ttlMs = ownTtlMs;
  }

  get seq(): number {
    return this.#seq;
  }

  /** The time between two grants of this name lately, by all processes, ms; undefined when too few were seen. */
  get msPerGrant(): number | undefined {
    return this.#msPerGrant;
  }

  /** Older than the largest ttl it proves nothing: every lease of that time has ended, and the server may have let go of it all. */
  seen(now: number): Seen {
    const fresh = now - this.#provenAt < this.#ttlMs;
    return { epoch: fresh ? this.#epoch : "", seq: this.#seq, ttlMs: this.#ttlMs };
  }

  /** `sentAt`: monotonic ms at which the call was sent, for the server's state is at least as young. */
  note(reply: Reply, sentAt: number): void {
    this.#measure(reply);
    this.#seq = Math.max(this.#seq, reply.seq);
    if (reply.epoch === "") return;
    this.#epoch = reply.epoch;
    this.#ttlMs = Math.max(this.ownTtlMs, reply.ttlMs);
    // Only while something is held or recovery runs is the server bound to remember.
    if (reply.held > 0 || reply.recover > reply.now) this.#provenAt = sentAt;
  }

  forget(): void {
    this.#epoch = "";
    this.#seq = 0;
  }

  #measure({ epoch, now, seq }: Reply): void {
    if (epoch !== this.#epoch || now < this.#grantedAt) {
      this.#grantedAt = now;
      this.#msPerGrant = undefined;
    } else if (seq > this.#seq && now > this.#grantedAt) {
      const sample = (now - this.#grantedAt) / (seq - this.#seq);
      this.#msPerGrant = this.#msPerGrant === undefined ? sample : 0.8 * this.#msPerGrant + 0.2 * sample;
      this.#grantedAt = now;
    }
  }
}
