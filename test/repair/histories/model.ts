import type { ChainableCommander, Redis } from "ioredis";
import { parallelKey } from "../../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../../src/litellm/owner.js";
import { isKnownOurs, longestMsIn, prefixOf } from "./deployments.js";
import type { KeyPlan, Story, TrafficEvent } from "./scenario.js";
import { begins, endsBy, mayUpgrade, newCall, ofMinute, ofNumber, ofSet, SET_TTL_S, upgrade } from "./traffic.js";

/** What a run proves of a number, as the run's file has it. */
interface Rise {
  readonly by: number;
  readonly to: number;
  readonly endless: boolean;
  readonly ttlMs: number;
  /** How long ago the run ended. */
  readonly agoMs: number;
}

/** A call in flight that a number counts, or has forgotten when its window rolled. */
export interface LiveCall {
  /** The event in which it began. */
  readonly born: number;
  /** By the world's clock. */
  readonly endsMs: number;
  readonly givesBack: boolean;
}

/** One key as it must stand in Redis, with what only we know of it. Numbers of events say what was before what. */
export interface Truth {
  readonly name: string;
  readonly owner: string;
  readonly plan: KeyPlan;
  /** A doctor may change it: it is ours and no other key was named, or the operator takes responsibility for it. */
  readonly mayChange: boolean;
  /** What the doctor was told is enough to know that it is ours. */
  readonly knownOurs: boolean;
  type: "zset" | "string" | "list" | "none";
  members: Map<string, number>;
  /** Of a set: the event in which each member came. */
  born: Map<string, number>;
  value: string;
  endless: boolean;
  /** Of a number. */
  live: LiveCall[];
  /** How many calls it has had. */
  calls: number;
  /** By the world's clock: when it was last given its expiry. */
  renewedMs: number;
  /** Of a number: calls that are over and never gave back, as a run saw them. */
  proved: number;
  rise: Rise | null;
  /** Members that a run saw left behind, with the starts that it saw. */
  readonly provedSlots: ReadonlyMap<string, number>;
  tokens: number;
  requests: number;
  /** The last event that touched it, that was a success, that left it below its limit. */
  touched: number;
  success: number;
  below: number;
  /** A repair of it was once planned. */
  planned: boolean;
  /** Pods of the other generation have it now. */
  upgraded: boolean;
  /** The doctor's visit in which they took it over last. */
  upgradedIn: number;
}

const member = (n: number): string => n.toString(16).padStart(32, "0");

/** Redis as calls have made it: every write that is not a doctor's goes through here, so that a doctor's shows itself by a difference. */
export class World {
  keys: Truth[] = [];
  event = 1;
  /** Number of the doctor's visit. */
  visit = 1;
  #members = 1;
  /** How far the world's clock is before Redis': a doctor's sleep moves it, so that nobody has to wait for a long watch. */
  aheadMs = 0;
  callsEnded = 0;
  /** Calls last on, however long: nobody is there to see it. */
  frozen = false;

  constructor(
    readonly redis: () => Redis,
    readonly story: Story,
  ) {}

  async plant(): Promise<void> {
    const now = await this.now();
    const pipeline = this.redis().pipeline();
    for (const [at, plan] of this.story.keys.entries()) this.keys.push(this.#plant(plan, at, now, pipeline));
    await pipeline.exec();
  }

  /** The world's clock, ms: of calls that a number counts, and of a watch of it. Slots go by Redis TIME. */
  async clock(): Promise<number> {
    return (await this.now()) + this.aheadMs;
  }

  /** Redis TIME, ms. */
  async now(): Promise<number> {
    const [seconds, micros] = (await this.redis().time()).map(Number) as [number, number];
    return seconds * 1000 + Math.floor(micros / 1000);
  }

  #plant(asked: KeyPlan, at: number, now: number, pipeline: ChainableCommander): Truth {
    const { deployment, windowS, scope, keys } = this.story;
    const prefix = prefixOf(asked, deployment);
    const twin = this.#twinOf(asked, prefix);
    const { limit, told, tokenLimited } = twin?.plan ?? asked;
    const whose = asked.whose === "twin" && !twin ? "theirs" : asked.whose;
    const plan: KeyPlan = { ...asked, whose, limit, told, tokenLimited };
    const owner = twin?.owner ?? ownerOfSecret(`sk-of-a-history-${at}`);
    const seconds = Math.floor(now / 1000);
    const truth = {
      ...{ name: parallelKey(owner, prefix.slice(0, -1)), owner, plan, type: "none" as Truth["type"] },
      knownOurs: isKnownOurs(plan, prefix, this.story),
      mayChange: scope === null ? plan.whose === "ours" : scope === "all namespaces" || at === scope % keys.length,
      ...{
        members: new Map<string, number>(),
        born: new Map<string, number>(),
        value: "",
        endless: false,
        live: [] as LiveCall[],
        ...{ calls: 0, renewedMs: now },
        proved: 0,
      },
      ...{ rise: null as Rise | null, provedSlots: new Map<string, number>(), tokens: 0, requests: 0 },
      ...{ touched: 0, success: 0, below: 0, planned: false, upgraded: false, upgradedIn: 0 },
    };
    const { plan: what } = plan;
    if (what.shape === "slots") {
      truth.type = "zset";
      truth.endless = what.endless;
      for (const { ageS, proven } of what.slots) {
        const id = member(this.#members++);
        truth.members.set(id, seconds - ageS);
        if (proven) truth.provedSlots.set(id, seconds - ageS);
        pipeline.zadd(truth.name, seconds - ageS, id);
      }
      if (!what.endless) pipeline.expire(truth.name, SET_TTL_S);
    } else if (what.shape === "windowed") {
      const { live, leaked, endless, run } = what;
      // A counter of an expired run holds other calls now, as many as then.
      const gone = run === "expired since" && !endless;
      truth.type = "string";
      truth.endless = endless;
      truth.value = `${live + leaked}`;
      const alive = gone ? live + leaked : live;
      for (let n = 0; n < alive; n++) truth.live.push(newCall(truth, 0, now, longestMsIn(this.story)));
      if (run !== "none" && leaked > 0) {
        const agoMs = { fresh: 1_000, "expired since": 300_000, old: 24 * 3_600_000 }[run];
        truth.rise = { by: leaked, to: leaked, endless, ttlMs: endless ? -1 : 55_000, agoMs };
        truth.proved = gone ? 0 : leaked;
      }
      pipeline.set(truth.name, truth.value);
      if (!endless) pipeline.expire(truth.name, windowS);
    } else if (what.shape === "minute") {
      const minute = new Date(now - what.ageHours * 3_600_000).toISOString().slice(0, 16).replace(/[T:]/g, "-");
      truth.name = `${prefix}${owner}::${minute}::request_count`;
      truth.type = "string";
      truth.endless = what.endless;
      truth.value = '{"current_requests": 1, "current_tpm": 0, "current_rpm": 1}';
      pipeline.set(truth.name, truth.value);
      if (!what.endless) pipeline.expire(truth.name, windowS);
    } else {
      truth.endless = true;
      if (what.what === "cache entry") truth.name = `prod:cache:request:${at}`;
      if (what.what === "list") {
        truth.type = "list";
        pipeline.rpush(truth.name, "x");
      } else {
        truth.type = "string";
        truth.value = "not a number";
        pipeline.set(truth.name, truth.value);
      }
    }
    return truth;
  }

  /** A twin has the hash of one of ours that stands under another name, and what is told of that one; who finds none is just theirs. */
  #twinOf(plan: KeyPlan, prefix: string): Truth | undefined {
    if (plan.whose !== "twin") return undefined;
    const taken = new Set(this.keys.flatMap((key) => (key.plan.whose === "twin" ? [key.owner] : [])));
    return this.keys.find(
      (key) =>
        key.plan.whose === "ours" && !taken.has(key.owner) && prefixOf(key.plan, this.story.deployment) !== prefix,
    );
  }

  /** What a watch of a key sees: its time and its expiry by the world's clock. Gives that time. */
  sampled(name: string, sample: [string, number, number]): number {
    const truth = this.keys.find((key) => key.name === name);
    sample[2] += this.aheadMs;
    if (truth?.type === "string" && sample[1] > 0)
      sample[1] = Math.max(1, truth.renewedMs + this.story.windowS * 1000 - sample[2]);
    return sample[2];
  }

  /** Ends the calls of numbers whose time is over; with `all`, those of `keys` that are in flight at all. */
  async endCalls(all?: readonly Truth[]): Promise<void> {
    const running = (all ?? (this.frozen ? [] : this.keys)).filter(
      ({ type, live }) => live.length > 0 && type !== "zset",
    );
    if (running.length === 0) return;
    const now = await this.clock();
    const pipeline = this.redis().pipeline();
    for (const truth of running) {
      for (const call of truth.live.filter(({ endsMs }) => all || endsMs <= now)) {
        const at = this.event++;
        this.callsEnded++;
        if (call.givesBack) truth.touched = at;
        endsBy(truth, call, { at, now, windowS: this.story.windowS }, pipeline);
      }
    }
    if (pipeline.length > 0) await pipeline.exec();
  }

  /** Does what an event says, if the key is such that it can happen. */
  async happen({ key, what, n }: Pick<TrafficEvent, "key" | "what" | "n">, atHand?: string): Promise<void> {
    const truth = key === null ? this.keys.find(({ name }) => name === atHand) : this.keys[key % this.keys.length];
    if (!truth || truth.plan.plan.shape === "foreign") return;
    const at = this.event++;
    const pipeline = this.redis().pipeline();
    const clock = await this.clock();
    const moment = { at, now: clock, windowS: this.story.windowS };
    const longestMs = longestMsIn(this.story);
    if (truth.plan.plan.shape === "minute") ofMinute(truth, what, this.story.windowS, pipeline);
    else if (what === "upgrade") {
      if (!mayUpgrade(truth, this.visit)) return;
      truth.upgradedIn = this.visit;
      upgrade(truth, moment, longestMs, Math.floor((await this.now()) / 1000), member(this.#members++), pipeline);
    } else if (truth.type === "string" || (truth.type === "none" && begins(truth) === "a number"))
      ofNumber(truth, what, moment, longestMs, pipeline);
    else {
      const fresh = member(this.#members++);
      const one = ofSet(truth, what, n, Math.floor((await this.now()) / 1000), fresh, pipeline);
      if (one !== undefined) truth.born.set(one, at);
    }
    if (pipeline.length === 0) return;
    truth.touched = at;
    await pipeline.exec();
  }
}
