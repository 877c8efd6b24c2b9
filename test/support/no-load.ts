/** The plan's parts of a run that had no load, as its header has them. */
export const NO_LOAD = { warmUp: 0, load: null, windowMs: null, keepAlive: false, bail: null };
