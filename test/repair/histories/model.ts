import type { ChainableCommander, Redis } from "ioredis";
import { parallelKey } from "../../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../../src/litellm/owner.js";
import type { KeyPlan, Story, TrafficEvent } from "./scenario.js";
import { begins, mayUpgrade, NUMBER_TTL_S, ofMinute, ofNumber, ofSet, SET_TTL_S, upgrade } from "./traffic.js";

/** What a run proves of a number, as the run's file has it. */
interface Rise {
  readonly by: number;
  readonly to: number;
  readonly endless: boolean;
  readonly ttlMs: number;
  /** How long ago the run ended. */
  readonly agoMs: number;
}

/** One key as it must stand in Redis, with what only we know of it. Numbers of events say what was before what. */
export interface Truth {
  readonly name: string;
  readonly owner: string;
  readonly plan: KeyPlan;
  type: "zset" | "string" | "list" | "none";
  members: Map<string, number>;
  /** Of a set: the event in which each member came. */
  born: Map<string, number>;
  value: string;
  endless: boolean;
  /** Of a number: the event in which each living call began. */
  live: number[];
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

  constructor(readonly redis: () => Redis) {}

  async plant(story: Story): Promise<void> {
    const now = await this.now();
    const pipeline = this.redis().pipeline();
    this.keys = story.keys.map((plan, at) => this.#plant(plan, at, now, pipeline));
    await pipeline.exec();
  }

  /** Redis TIME, ms. */
  async now(): Promise<number> {
    const [seconds, micros] = (await this.redis().time()).map(Number) as [number, number];
    return seconds * 1000 + Math.floor(micros / 1000);
  }

  #plant(plan: KeyPlan, at: number, now: number, pipeline: ChainableCommander): Truth {
    const owner = ownerOfSecret(`sk-of-a-history-${at}`);
    const seconds = Math.floor(now / 1000);
    const truth = {
      ...{ name: parallelKey(owner, plan.namespace.slice(0, -1)), owner, plan, type: "none" as Truth["type"] },
      ...{
        members: new Map<string, number>(),
        born: new Map<string, number>(),
        value: "",
        endless: false,
        live: [] as number[],
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
      truth.live = Array.from({ length: gone ? live + leaked : live }, () => 0);
      if (run !== "none" && leaked > 0) {
        const agoMs = { fresh: 1_000, "expired since": 300_000, old: 24 * 3_600_000 }[run];
        truth.rise = { by: leaked, to: leaked, endless, ttlMs: endless ? -1 : 55_000, agoMs };
        truth.proved = gone ? 0 : leaked;
      }
      pipeline.set(truth.name, truth.value);
      if (!endless) pipeline.expire(truth.name, NUMBER_TTL_S);
    } else if (what.shape === "minute") {
      const minute = new Date(now - what.ageHours * 3_600_000).toISOString().slice(0, 16).replace(/[T:]/g, "-");
      truth.name = `${plan.namespace}${owner}::${minute}::request_count`;
      truth.type = "string";
      truth.endless = what.endless;
      truth.value = '{"current_requests": 1, "current_tpm": 0, "current_rpm": 1}';
      pipeline.set(truth.name, truth.value);
      if (!what.endless) pipeline.expire(truth.name, NUMBER_TTL_S);
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

  /** Does what an event says, if the key is such that it can happen. */
  async happen({ key, what, n }: Pick<TrafficEvent, "key" | "what" | "n">, atHand?: string): Promise<void> {
    const truth = key === null ? this.keys.find(({ name }) => name === atHand) : this.keys[key % this.keys.length];
    if (!truth || truth.plan.plan.shape === "foreign") return;
    const at = this.event++;
    const pipeline = this.redis().pipeline();
    if (truth.plan.plan.shape === "minute") ofMinute(truth, what, pipeline);
    else if (what === "upgrade") {
      if (!mayUpgrade(truth, this.visit)) return;
      truth.upgradedIn = this.visit;
      upgrade(truth, at, Math.floor((await this.now()) / 1000), member(this.#members++), pipeline);
    } else if (truth.type === "string" || (truth.type === "none" && begins(truth) === "a number"))
      ofNumber(truth, what, at, pipeline);
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
