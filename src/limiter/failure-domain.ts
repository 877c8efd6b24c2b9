import { Breaker } from "./breaker.js";
import { type Clock, Drift } from "./clock.js";

/** Names whose server is away together. */
export class FailureDomain {
  readonly breaker: Breaker;
  readonly drift: Drift;

  constructor(
    readonly id: string,
    clock: Clock,
    random: () => number,
  ) {
    this.breaker = new Breaker(clock, random);
    this.drift = new Drift(250);
  }
}
