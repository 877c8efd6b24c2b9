import { ok } from "../answers/reply.js";
import { type AdminRoute, aliasTaken, wrapped } from "./call.js";
import { apply, checkLimits, durationSeconds, expiryFor } from "./fields.js";
import { generatedOf, newRow, newSecret } from "./row.js";

const SHORTEST = 16;

/** POST /key/generate. An existing key is answered with 200 as if it had been created, and stays unchanged. */
export const generate: AdminRoute = (call) => {
  const { release, keys, now, body } = call;
  const refused = checkLimits(release, body);
  if (refused) return refused;
  if (typeof body.key_alias === "string" && keys.byAlias(body.key_alias)) return aliasTaken(body.key_alias);
  const own = typeof body.key === "string" ? body.key : undefined;
  if (own !== undefined && !own.startsWith("sk-")) {
    const shown = release.since(91) ? `${own.slice(0, 4)}****${own.slice(-4)}` : own;
    const quoted = `"Invalid key format. LiteLLM Virtual Key must start with 'sk-'. Received: ${shown}"`;
    return wrapped(release, 400, `{'error': ${quoted}}`);
  }
  if (own !== undefined && own.length < SHORTEST && release.since(96, 2)) {
    const text = `Invalid key format. LiteLLM Virtual Key must be at least ${SHORTEST} characters long.`;
    return wrapped(release, 400, `{'error': '${text}'}`);
  }
  const secret = own ?? newSecret();
  const expiry = typeof body.duration === "string" ? expiryFor(call, body.duration) : { at: null };
  if ("refused" in expiry) return expiry.refused;
  const row = keys.add(secret, now) ?? newRow(secret, now);
  apply(row, body);
  row.expires = expiry.at;
  const duration = durationSeconds(String(body.duration)) === undefined ? null : body.duration;
  return ok(generatedOf(row, secret, duration));
};
