import { type AcquireCall, type ReleaseCall, type Reply, StoreError } from "./store.js";

type WriterReply = [string, number, number, number, number, number, number, number, string];

/** What kind of exchange it is, as lean.lua reads it. */
export function shapeOf(out: ReleaseCall | undefined, into: AcquireCall | undefined): string {
  const waiting = into?.waiting ?? 0;
  const renewed = out?.renewed ?? 0;
  const released = out?.ids.length ?? 0;
  const wanted = into?.ids.length ?? 0;
  const seenTtl = into?.seen.ttlMs ?? 0;
  const plain =
    waiting === 0 && !out?.leave && renewed === 0 && released < 2 && wanted < 2 && seenTtl <= (into?.ttlMs ?? 0);
  if (plain && released + wanted > 0) return released === 0 ? "a" : wanted === 0 ? "r" : "x";
  return `${waiting} ${out?.leave ? 1 : 0} ${renewed} ${released} ${wanted} ${seenTtl}`;
}

/** What a writer script returned for one name; `call`, whose knowledge a short reply confirms. */
export function toReply(now: number, raw: unknown, call?: AcquireCall): Reply {
  if (raw instanceof Error) throw new StoreError("failed", raw.message, { cause: raw });
  if (call && (raw as unknown[]).length === 2) {
    const [seq, held] = raw as [number, number];
    return {
      now,
      epoch: call.seen.epoch,
      seq,
      held,
      recover: 0,
      ttlMs: call.ttlMs,
      pruned: 0,
      lost: false,
      restored: 0,
      nearest: 0,
      mask: "",
    };
  }
  const [epoch, seq, held, recover, ttlMs, pruned, lost, nearest, mask] = raw as WriterReply;
  return { now, epoch, seq, held, recover, ttlMs, pruned, lost: lost === 1, restored: 0, nearest, mask };
}
