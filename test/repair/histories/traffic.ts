import type { ChainableCommander } from "ioredis";
import type { Truth } from "./model.js";
import type { TrafficEvent } from "./scenario.js";

/** TTL of a set, as LiteLLM gives it, and of a number: longer than a history on a busy machine. */
export const SET_TTL_S = 3600;
export const NUMBER_TTL_S = 600;

/** What the next call makes of a key that is not there. */
export const begins = ({ plan: { plan }, upgraded }: Truth): "a number" | "a set" =>
  (plan.shape === "windowed") !== upgraded ? "a number" : "a set";

export function ofMinute(truth: Truth, what: TrafficEvent["what"], pipeline: ChainableCommander): void {
  if (what === "expire" && truth.type === "string") {
    truth.type = "none";
    pipeline.del(truth.name);
  } else if (what === "attempt" && truth.type === "string") {
    truth.value = truth.value.replace(/\d+/, (n) => `${Number(n) + 1}`);
    truth.endless = false;
    pipeline.set(truth.name, truth.value, "EX", NUMBER_TTL_S);
  }
}

/** An admission, a release, a slot whose call never ends (nothing is written), one that is counted anew, the hour that is over. Gives the member that is new. */
export function ofSet(
  truth: Truth,
  what: string,
  n: number,
  now: number,
  fresh: string,
  pipeline: ChainableCommander,
): string | undefined {
  const ids = [...truth.members.keys()];
  const one = ids[n % Math.max(1, ids.length)];
  if (what === "attempt" && truth.members.size < truth.plan.limit + 3) {
    truth.type = "zset";
    truth.members.set(fresh, now);
    truth.endless = false;
    pipeline.zadd(truth.name, now, fresh).expire(truth.name, SET_TTL_S);
    return fresh;
  }
  if ((what === "finish" || what === "fail") && one !== undefined) {
    truth.members.delete(one);
    pipeline.zrem(truth.name, one);
  } else if (what === "renew" && one !== undefined && truth.members.get(one) !== now) {
    truth.members.set(one, now);
    pipeline.zadd(truth.name, now, one);
    return one;
  } else if (what === "expire" && truth.type === "zset" && !truth.endless) {
    truth.members.clear();
    pipeline.del(truth.name);
  }
  if (truth.members.size === 0) truth.type = "none";
  return undefined;
}

export function ofNumber(truth: Truth, what: string, at: number, pipeline: ChainableCommander): void {
  const { name, plan } = truth;
  const stem = name.slice(0, name.lastIndexOf(":"));
  if (truth.type === "none") {
    if (what !== "attempt") return;
    truth.type = "string";
    truth.value = "0";
    truth.live = [];
    truth.proved = 0;
    truth.endless = plan.plan.shape === "windowed" && plan.plan.endless;
    if (!truth.endless) pipeline.set(name, 0, "EX", NUMBER_TTL_S);
  }
  const held = Number(truth.value);
  const set = (value: number) => {
    truth.value = `${value}`;
    if (value < plan.limit) truth.below = at;
  };
  if (what === "attempt") {
    truth.requests++;
    pipeline.incr(`${stem}:requests`);
    if (plan.tokenLimited) {
      truth.tokens++;
      pipeline.incr(`${stem}:tokens`);
    }
    if (held < plan.limit) {
      truth.live.push(at);
      set(held + 1);
      pipeline.incr(name);
    } else if (truth.endless) {
      // A refused /v1/messages of 1.79.1 is counted and never taken back.
      set(held + 1);
      pipeline.incr(name);
    } else pipeline.incr(name).decr(name).expire(name, NUMBER_TTL_S);
  } else if (what === "finish" || what === "fail") {
    // One that fails brings no tokens; with another in its place at once nothing tells it from one that goes on, so not at the limit.
    if (truth.live.length === 0 || (what === "fail" && held >= plan.limit)) return;
    truth.live.shift();
    set(held - 1);
    truth.endless = false;
    pipeline.decr(name).expire(name, NUMBER_TTL_S);
    if (what === "finish") {
      truth.success = at;
      truth.tokens += 40;
      pipeline.incrby(`${stem}:tokens`, 40);
    }
  } else if (what === "leak") truth.live.shift();
  else if (what === "renew" && !truth.endless) pipeline.expire(name, NUMBER_TTL_S);
}

/**
 * Whether a fleet may go to the other generation now. Not there and back while one doctor looks, nor in the minutes for which a run's proof of the
 * number is good: it takes longer, and nothing in Redis tells the new number from the old one. The README asks for --no-runs then.
 */
export const mayUpgrade = ({ upgraded, upgradedIn, rise }: Truth, visit: number): boolean =>
  upgradedIn !== visit && !(upgraded && rise !== null);

/** The other generation's pods take the key over, with one call of theirs. */
export function upgrade(truth: Truth, at: number, now: number, fresh: string, pipeline: ChainableCommander): void {
  truth.upgraded = !truth.upgraded;
  pipeline.del(truth.name);
  truth.proved = 0;
  truth.success = truth.below = at;
  if (truth.type === "string") {
    truth.live = [];
    truth.type = "zset";
    truth.members = new Map([[fresh, now]]);
    truth.born = new Map([[fresh, at]]);
    truth.endless = false;
    pipeline.zadd(truth.name, now, fresh).expire(truth.name, SET_TTL_S);
  } else {
    truth.members = new Map();
    truth.type = "string";
    truth.value = "1";
    truth.live = [at];
    truth.endless = false;
    pipeline.set(truth.name, "1", "EX", NUMBER_TTL_S);
  }
}
