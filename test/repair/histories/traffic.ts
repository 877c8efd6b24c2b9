import type { ChainableCommander } from "ioredis";
import type { LiveCall, Truth } from "./model.js";
import type { TrafficEvent } from "./scenario.js";

/** TTL of a set, as LiteLLM gives it; that of a number is its window. */
export const SET_TTL_S = 3600;

/** The instant of an event. */
interface Moment {
  /** Its number. */
  readonly at: number;
  /** By the world's clock, ms. */
  readonly now: number;
  readonly windowS: number;
}

/** The next call of a key: they differ in length, and one in four never gives back. */
export function newCall(truth: Truth, born: number, now: number, longestMs: number): LiveCall {
  const { plan } = truth.plan;
  const plans = plan.shape === "windowed" ? plan.calls : [{ part: 0.2, givesBack: true }];
  const { part, givesBack } = plans[truth.calls++ % plans.length] ?? { part: 0, givesBack: true };
  return { born, endsMs: now + part * longestMs, givesBack };
}

/** What the next call makes of a key that is not there. */
export const begins = ({ plan: { plan }, upgraded }: Truth): "a number" | "a set" =>
  (plan.shape === "windowed") !== upgraded ? "a number" : "a set";

export function ofMinute(truth: Truth, what: TrafficEvent["what"], ttlS: number, pipeline: ChainableCommander): void {
  if (what === "expire" && truth.type === "string") {
    truth.type = "none";
    pipeline.del(truth.name);
  } else if (what === "attempt" && truth.type === "string") {
    truth.value = truth.value.replace(/\d+/, (n) => `${Number(n) + 1}`);
    truth.endless = false;
    pipeline.set(truth.name, truth.value, "EX", ttlS);
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

export function ofNumber(
  truth: Truth,
  what: string,
  moment: Moment,
  longestMs: number,
  pipeline: ChainableCommander,
): void {
  const { name, plan } = truth;
  const { at, now, windowS } = moment;
  if (truth.type === "none" && what === "attempt") {
    truth.type = "string";
    truth.value = "0";
    truth.proved = 0;
    truth.endless = plan.plan.shape === "windowed" && plan.plan.endless;
    truth.renewedMs = now;
    if (!truth.endless) pipeline.set(name, 0, "EX", windowS);
  }
  if (truth.type === "none" && truth.live.length === 0) return;
  const held = Number(truth.value);
  const oldest = truth.live[0];
  if (what === "attempt") {
    count(truth, "requests", 1, pipeline);
    if (plan.tokenLimited) count(truth, "tokens", 1, pipeline);
    if (held < plan.limit) {
      truth.live.push(newCall(truth, at, now, longestMs));
      set(truth, held + 1, at);
      pipeline.incr(name);
    } else if (truth.endless) {
      // A refused /v1/messages of 1.79.1 is counted and never taken back.
      set(truth, held + 1, at);
      pipeline.incr(name);
    } else {
      truth.renewedMs = now;
      pipeline.incr(name).decr(name).expire(name, windowS);
    }
  } else if (what === "finish" && oldest) {
    endsBy(truth, { ...oldest, givesBack: true }, moment, pipeline);
  } else if (what === "fail" && oldest && held < plan.limit && truth.type !== "none") {
    // One that fails brings no tokens; with another in its place at once nothing tells it from one that goes on, so not at the limit.
    giveBack(truth, oldest, moment, pipeline);
  } else if (what === "leak") truth.live.shift();
  else if (what === "renew" && truth.type === "string" && !truth.endless) {
    truth.renewedMs = now;
    pipeline.expire(name, windowS);
  } else if (what === "expire" && mayRoll(truth, moment)) {
    truth.type = "none";
    truth.below = at;
    pipeline.del(name);
  }
}

/** Its window rolls where nobody tries: LiteLLM forgets the calls in flight. What a run proved of a number goes by Redis' clock, so not there. */
const mayRoll = ({ type, endless, plan, rise, renewedMs }: Truth, { now, windowS }: Moment): boolean =>
  type === "string" &&
  !endless &&
  rise === null &&
  !(plan.plan.shape === "windowed" && plan.plan.retried) &&
  now >= renewedMs + windowS * 1000;

/** A call is over. */
export function endsBy(truth: Truth, call: LiveCall, moment: Moment, pipeline: ChainableCommander): void {
  if (!call.givesBack) {
    truth.live.splice(indexOf(truth, call), 1);
    return;
  }
  giveBack(truth, call, moment, pipeline);
  truth.success = moment.at;
  count(truth, "tokens", 40, pipeline);
}

const indexOf = ({ live }: Truth, call: LiveCall): number =>
  live.findIndex(({ born, endsMs }) => born === call.born && endsMs === call.endsMs);

function giveBack(truth: Truth, call: LiveCall, { at, now, windowS }: Moment, pipeline: ChainableCommander): void {
  truth.live.splice(indexOf(truth, call), 1);
  if (truth.type === "none") {
    // Its counter has gone since: LiteLLM lowers what is not there.
    truth.type = "string";
    truth.value = "0";
    truth.proved = 0;
  }
  set(truth, Number(truth.value) - 1, at);
  truth.endless = false;
  truth.renewedMs = now;
  pipeline.decr(truth.name).expire(truth.name, windowS);
}

function set(truth: Truth, value: number, at: number): void {
  truth.value = `${value}`;
  if (value < truth.plan.limit) truth.below = at;
}

function count(truth: Truth, field: "requests" | "tokens", by: number, pipeline: ChainableCommander): void {
  truth[field] += by;
  pipeline.incrby(`${truth.name.slice(0, truth.name.lastIndexOf(":"))}:${field}`, by);
}

/**
 * Whether a fleet may go to the other generation now. Not there and back while one doctor looks, nor in the minutes for which a run's proof of the
 * number is good: it takes longer, and nothing in Redis tells the new number from the old one. The README asks for --no-runs then.
 */
export const mayUpgrade = ({ upgraded, upgradedIn, rise }: Truth, visit: number): boolean =>
  upgradedIn !== visit && !(upgraded && rise !== null);

/** The other generation's pods take the key over, with one call of theirs. */
export function upgrade(
  truth: Truth,
  moment: Moment,
  longestMs: number,
  nowS: number,
  fresh: string,
  pipeline: ChainableCommander,
): void {
  const { at, now, windowS } = moment;
  truth.upgraded = !truth.upgraded;
  pipeline.del(truth.name);
  truth.proved = 0;
  truth.success = truth.below = at;
  if (truth.type === "string") {
    truth.live = [];
    truth.type = "zset";
    truth.members = new Map([[fresh, nowS]]);
    truth.born = new Map([[fresh, at]]);
    truth.endless = false;
    pipeline.zadd(truth.name, nowS, fresh).expire(truth.name, SET_TTL_S);
  } else {
    truth.members = new Map();
    truth.type = "string";
    truth.value = "1";
    truth.live = [newCall(truth, at, now, longestMs)];
    truth.endless = false;
    truth.renewedMs = now;
    pipeline.set(truth.name, "1", "EX", windowS);
  }
}
