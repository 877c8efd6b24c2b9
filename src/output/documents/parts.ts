import { z } from "zod";

/** ISO 8601 with milliseconds, UTC. */
export const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
/** Milliseconds. */
export const duration = z.number();
/** A whole number. */
export const count = z.number().int();

/** The owner of a counter: for LiteLLM always an API key. `id` is its hash; `alias` is null when unknown. */
export const owner = z.object({ kind: z.string(), id: z.string(), alias: z.string().nullable() });

/** One slot of a sorted set: a call in flight, or a leaked slot. */
export const slot = z.object({ id: z.string(), startedAt: instant, ageMs: duration });
