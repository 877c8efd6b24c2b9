import type { CallResult } from "../../src/llm/call.js";
import type { SessionInput } from "../../src/probe/target-session.js";

/** Calls of a made-up server, as a run starts them. */
export const starting =
  (call: () => Promise<CallResult>): SessionInput["start"] =>
  (seat, onEnd) => {
    void call().then((result) => onEnd({ kind: "call", ...seat, ...result }));
  };
