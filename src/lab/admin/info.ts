import { openaiError } from "../answers/errors.js";
import { ok } from "../answers/reply.js";
import type { AdminRoute } from "./call.js";
import { infoOf, withOffset } from "./row.js";

/** GET /key/info?key=. From 1.103 on a deleted key is still shown, with its status. */
export const info: AdminRoute = ({ release, keys, now, query }) => {
  const key = query.get("key") ?? "";
  const row = keys.find(key);
  if (row) {
    const status = row.expires !== null && row.expires < now ? "expired" : "active";
    return ok({ key, info: { ...infoOf(row), ...(release.since(103) ? { status } : {}) } });
  }
  const gone = release.since(103) ? keys.findDeleted(key) : undefined;
  if (!gone) return openaiError(404, "Key not found in database", "not_found_error", "key");
  const deleted_at = withOffset(gone.at);
  return ok({ key, info: { ...infoOf(gone.row), status: "deleted", deleted_at, deleted_by: "default_user_id" } });
};
