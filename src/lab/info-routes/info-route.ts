import type { Reply } from "../answers/reply.js";
import type { Lab } from "../lab.js";
import type { Worker } from "../worker.js";

/** Handles a route about the proxy itself. */
export type InfoRoute = (lab: Lab, worker: Worker, body: Readonly<Record<string, unknown>>) => Reply | Promise<Reply>;
