import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { deadlineIn, type Limit } from "../../src/llm/deadlines.js";

/** Remembers what passed and when. */
class Owner {
  readonly heard: { limit: Limit; atMs: number }[] = [];
  constructor(readonly then: () => void = () => {}) {}
  late(limit: Limit): void {
    this.heard.push({ limit, atMs: performance.now() });
    this.then();
  }
  get limits(): Limit[] {
    return this.heard.map(({ limit }) => limit);
  }
}

describe("a deadline", () => {
  it("is told once, and not before its time", async () => {
    const owner = new Owner();
    const since = performance.now();
    deadlineIn(40, owner, "leave");
    await expect.poll(() => owner.limits).toEqual(["leave"]);
    expect(Number(owner.heard[0]?.atMs) - since).toBeGreaterThanOrEqual(39);
    await sleep(60);
    expect(owner.heard).toHaveLength(1);
  });

  it("is not told when it was stopped, however often, and others of its length are", async () => {
    const owners = Array.from({ length: 5 }, () => new Owner());
    const deadlines = owners.map((owner) => deadlineIn(50, owner, "total"));
    for (const at of [0, 2, 4, 2]) deadlines[at]?.stop();
    await expect.poll(() => owners.map(({ limits }) => limits.length)).toEqual([0, 1, 0, 1, 0]);
    await sleep(70);
    deadlines[1]?.stop();
    expect(owners.map(({ limits }) => limits.length)).toEqual([0, 1, 0, 1, 0]);
  });

  it("has its whole time when one of the same length was begun before it", async () => {
    const [first, second] = [new Owner(), new Owner()];
    deadlineIn(60, first, "firstByte");
    await sleep(30);
    const since = performance.now();
    deadlineIn(60, second, "firstByte");
    await expect.poll(() => second.limits).toEqual(["firstByte"]);
    expect(first.limits).toEqual(["firstByte"]);
    expect(Number(second.heard[0]?.atMs) - since).toBeGreaterThanOrEqual(59);
  });

  it("can be set and stopped by one that has just passed", async () => {
    const last = new Owner();
    const stopped = new Owner();
    const owner = new Owner(() => {
      victim.stop();
      deadlineIn(30, last, "connect");
    });
    deadlineIn(30, owner, "total");
    const victim = deadlineIn(30, stopped, "total");
    await expect.poll(() => last.limits).toEqual(["connect"]);
    expect(stopped.limits).toEqual([]);
  });
});
