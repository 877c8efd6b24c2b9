import { openaiError } from "../answers/errors.js";
import { ok } from "../answers/reply.js";
import type { AdminRoute } from "./call.js";
import { objectOf, unblockedOf } from "./row.js";

const setBlocked =
  (blocked: boolean): AdminRoute =>
  ({ release, keys, now, body, changing }) => {
    const key = typeof body.key === "string" ? body.key : "";
    const row = keys.find(key);
    if (row) {
      changing(row);
      row.blocked = blocked;
      row.updated_at = now;
      return ok(blocked ? objectOf(row) : unblockedOf(row));
    }
    if (release.since(91)) return openaiError(404, "Key not found.", "not_found_error", "key");
    const message =
      `Authentication Error, Invalid proxy server token passed. key=${key}, not found in db. ` +
      "Create key via `/key/generate` call.";
    return openaiError(401, message, "token_not_found_in_db", "key");
  };

/** POST /key/block and /key/unblock. */
export const block = setBlocked(true);
/** POST /key/unblock. */
export const unblock = setBlocked(false);
