import { none, openaiError } from "../answers/errors.js";
import { ok } from "../answers/reply.js";
import { type AdminRoute, aliasTaken, invalid } from "./call.js";
import { apply, checkLimits, expiryFor } from "./fields.js";
import { infoOf } from "./row.js";

/** POST /key/update. Missing fields stay; `metadata` is replaced as a whole. */
export const update: AdminRoute = (call) => {
  const { release, keys, now, body } = call;
  const byAlias = release.since(96, 2) && typeof body.key_alias === "string" && body.key === undefined;
  if (typeof body.key !== "string" && !byAlias) {
    if (!release.since(91)) return invalid(release, "missing", ["body", "key"], "Field required", body);
    return invalid(release, "value_error", ["body"], "Value error, either key or key_alias must be provided", body);
  }
  const refused = checkLimits(release, body);
  if (refused) return refused;
  const key = typeof body.key === "string" ? body.key : undefined;
  const row = key === undefined ? keys.byAlias(String(body.key_alias)) : keys.find(key);
  if (!row) {
    if (release.since(91)) return openaiError(404, "Key not found.", "not_found_error", "key");
    const message = `Authentication Error: invalid user key - user key does not exist in db. User Key=${key}`;
    return openaiError(401, message, "auth_error", none(release));
  }
  const namesake = typeof body.key_alias === "string" ? keys.byAlias(body.key_alias) : undefined;
  if (namesake && namesake !== row) return aliasTaken(String(body.key_alias));
  if (body.duration === "-1" && !release.since(91)) {
    return openaiError(400, "Authentication Error, Invalid duration format", "auth_error", none(release));
  }
  call.changing(row);
  if (body.duration === "-1") row.expires = null;
  else if (typeof body.duration === "string") {
    const expiry = expiryFor(call, body.duration);
    if ("refused" in expiry) return expiry.refused;
    row.expires = expiry.at;
  }
  apply(row, body);
  row.updated_at = now;
  return ok({ key: key ?? row.token, token: row.token, ...infoOf(row) });
};
