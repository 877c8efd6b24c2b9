import type { DumpDocument, DumpKey } from "../../src/output/documents/dump.js";

/** A healthy row, with what a test is about put over it. */
export const dumpKey = (over: Partial<DumpKey> & { id?: string } = {}): DumpKey => {
  const { id = "a".repeat(64), ...rest } = over;
  return {
    key: `{api_key:${id}}:max_parallel_requests`,
    namespace: null,
    owner: { kind: "api_key", id, alias: null },
    shape: "slots",
    type: "zset",
    held: 1,
    limit: null,
    ttlMs: 3_600_000,
    oldestMs: 1000,
    state: "ok",
    why: "1 in flight",
    slots: [],
    ...rest,
  };
};

export const dumpDocument = (keys: DumpKey[], over: Partial<DumpDocument> = {}): DumpDocument => ({
  schema: "llmctl.dump/1",
  redis: { url: "redis://127.0.0.1:6379/0", version: "7.0.15", time: "2026-11-23T10:00:00.000Z" },
  proxy: { baseUrl: "http://127.0.0.1:4000", version: "1.95.0" },
  keys,
  truncated: false,
  total: keys.length,
  states: {},
  ...over,
});
