import { ok, type Reply } from "../answers/reply.js";
import { type AdminCall, type AdminRoute, invalid } from "./call.js";
import { objectOf } from "./row.js";

/** GET /key/list. `status=deleted` is ignored up to 1.80. */
export const list: AdminRoute = (call) => {
  const { release, keys, query } = call;
  const refused = bounds(call, "page") ?? bounds(call, "size");
  if (refused) return refused;
  const page = Number(query.get("page") ?? 1);
  const size = Number(query.get("size") ?? 10);
  const [alias, hash] = [query.get("key_alias"), query.get("key_hash")];
  const all = query.get("status") === "deleted" && release.since(91) ? keys.deletedNewestFirst() : keys.newestFirst();
  const found = all.filter(
    (row) => (alias === null || row.key_alias === alias) && (hash === null || row.token === hash),
  );
  const rows = found.slice((page - 1) * size, page * size);
  const whole = query.get("return_full_object") === "true";
  return ok({
    keys: rows.map((row) => (whole ? objectOf(row) : row.token)),
    total_count: found.length,
    current_page: page,
    total_pages: Math.ceil(found.length / size),
  });
};

function bounds({ release, query }: AdminCall, name: "page" | "size"): Reply | undefined {
  const input = query.get(name);
  if (input === null) return undefined;
  const loc = ["query", name];
  if (Number(input) < 1) {
    return invalid(release, "greater_than_equal", loc, "Input should be greater than or equal to 1", input);
  }
  if (name === "size" && Number(input) > 100) {
    return invalid(release, "less_than_equal", loc, "Input should be less than or equal to 100", input);
  }
  return undefined;
}
