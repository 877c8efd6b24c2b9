import type { CallResult } from "../../src/probe/call.js";
import type { SessionSource } from "../../src/probe/session.js";

/** Calls of a made-up server, as a run starts them. */
export const starting =
  (call: () => Promise<CallResult>): SessionSource["start"] =>
  (seat, onEnd) => {
    void call().then((result) => onEnd({ kind: "call", ...seat, ...result }));
  };
