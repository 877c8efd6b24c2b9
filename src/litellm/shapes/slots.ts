import type { Reading } from "../counters/read.js";
import { evidenceOf, type Shape } from "./shape.js";

/**
 * Milliseconds after which a slot is called aged: the default timeout (10 min) of the OpenAI and Anthropic SDKs, with
 * room for a retry.
 */
export const AGED_MS = 15 * 60_000;

/** Age of a member in milliseconds: its score is the start of the call in whole seconds of Redis TIME. */
export const slotAgeMs = (reading: Reading, score: number): number => Math.max(0, reading.timeMs - score * 1000);

/** LiteLLM ≥ 1.94: a sorted set with one member a call in flight. */
export const slots: Shape = {
  kind: "slots",
  recognise: (name, reading) => name.family === "parallel" && reading.type === "zset",
  held: (reading) => reading.size,
  oldestMs: (reading) => {
    const oldest = reading.members[0];
    return oldest === undefined ? null : slotAgeMs(reading, oldest.score);
  },
  judge(_name, reading, { limit, expected }) {
    if (expected === "windowed") {
      return { state: "wrong-type", why: "a sorted set of LiteLLM ≥ 1.94, but this proxy's release keeps a number" };
    }
    const oldest = this.oldestMs(reading) ?? 0;
    if (oldest >= AGED_MS) {
      const minutes = Math.floor(oldest / 60_000);
      return {
        state: "stuck",
        why: `oldest slot is ${minutes} min old; a hung call can be as old and alive, doctor tells what is proved`,
      };
    }
    if (limit !== null && reading.size >= limit) return { state: "full", why: "every slot is in use" };
    return { state: "ok", why: `${reading.size} in flight` };
  },
  release(name, reading, evidence) {
    if (reading.type !== "zset") return undefined;
    const [idle, aged, impossible] = [
      evidenceOf(evidence, "idle"),
      evidenceOf(evidence, "aged"),
      evidenceOf(evidence, "impossible"),
    ];
    // Evidence about the whole key is void when the key was not read completely.
    const whole = (idle !== undefined || impossible !== undefined) && reading.members.length === reading.size;
    const proven = new Set(evidence.flatMap((one) => (one.kind === "proven" ? one.slots : [])));
    const dead = ({ id, score }: { id: string; score: number }) =>
      whole || proven.has(id) || (aged !== undefined && reading.timeMs - score * 1000 >= aged.olderThanMs);
    const members = reading.members.filter(dead);
    if (members.length === 0) return undefined;
    const onlyByAge = !whole && aged !== undefined && !members.some(({ id }) => proven.has(id));
    return {
      kind: "release-slots",
      key: name.name,
      members,
      olderThanMs: onlyByAge ? aged.olderThanMs : 0,
      whole,
      endless: impossible ? true : null,
    };
  },
};
