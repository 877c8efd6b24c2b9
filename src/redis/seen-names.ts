const FIRST_CAPACITY = 1 << 12;

/**
 * A set of names in 16 to 32 bytes each, whatever their length: a million names as strings would take 150 MB. It stores
 * a hash of 64 bits, so that among a million names the probability that two are taken for one is 3 in 100 million.
 */
export class NameSet {
  #table = new Uint32Array(2 * FIRST_CAPACITY);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a name. False when it was there already. */
  add(name: string): boolean {
    let high = 0xdeadbeef;
    let low = 0x41c6ce57;
    // cyrb53 by bryc (public domain), with both halves kept and four characters a step.
    const whole = name.length & ~3;
    for (let at = 0; at < whole; at += 4) {
      const code =
        name.charCodeAt(at) ^
        (name.charCodeAt(at + 1) << 8) ^
        (name.charCodeAt(at + 2) << 16) ^
        (name.charCodeAt(at + 3) << 24);
      high = Math.imul(high ^ code, 2654435761);
      low = Math.imul(low ^ code, 1597334677);
    }
    for (let at = whole; at < name.length; at++) {
      high = Math.imul(high ^ name.charCodeAt(at), 2654435761);
      low = Math.imul(low ^ name.charCodeAt(at), 1597334677);
    }
    high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
    low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
    if (!this.#insert(high >>> 0, low >>> 0 || 1)) return false;
    this.#size++;
    if (this.#size * 4 > this.#table.length) this.#grow();
    return true;
  }

  #insert(high: number, low: number): boolean {
    const mask = this.#table.length / 2 - 1;
    for (let at = high & mask; ; at = (at + 1) & mask) {
      const there = this.#table[2 * at + 1];
      if (there === 0) {
        this.#table[2 * at] = high;
        this.#table[2 * at + 1] = low;
        return true;
      }
      if (there === low && this.#table[2 * at] === high) return false;
    }
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) {
      if (old[at + 1] !== 0) this.#insert(old[at] as number, old[at + 1] as number);
    }
  }
}
