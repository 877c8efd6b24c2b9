import { ok } from "../answers/reply.js";
import { type AdminRoute, keysMissing, strings, wrapped } from "./call.js";

/** POST /key/delete. It repeats the request, unknown keys included, if at least one of them existed. */
export const remove: AdminRoute = ({ release, keys, now, body, changing }) => {
  const named = strings(body.keys);
  const aliased = strings(body.key_aliases);
  if (named.length === 0 && aliased.length === 0) return keysMissing(release, body);
  const rows = [...named.map((key) => keys.find(key)), ...aliased.map((alias) => keys.byAlias(alias))].filter(
    (row) => row !== undefined,
  );
  if (rows.length === 0) return wrapped(release, 404, "{'error': 'No keys found'}");
  for (const row of rows) {
    changing(row);
    keys.delete(row, now);
  }
  return ok({ deleted_keys: [...named, ...aliased] });
};
