import { none, openaiError } from "../answers/errors.js";
import { block, unblock } from "./block.js";
import type { AdminRoute } from "./call.js";
import { remove } from "./delete.js";
import { generate } from "./generate.js";
import { info } from "./info.js";
import { list } from "./list.js";
import { update } from "./update.js";

const ENTERPRISE =
  "Regenerating Virtual Keys is an Enterprise feature, You must be a LiteLLM Enterprise user to use this feature. " +
  "If you have a license please set `LITELLM_LICENSE` in your env. Get a 7 day trial key here: " +
  "https://www.litellm.ai/enterprise#trial. \nPricing: https://www.litellm.ai/#pricing";

/** Without a licence: 500 before anything else is checked. */
const regenerate: AdminRoute = ({ release }) => {
  const message = release.since(91) ? ENTERPRISE : `Internal Server Error, ${ENTERPRISE}`;
  return openaiError(500, message, "internal_server_error", none(release));
};

const ADMIN: Readonly<Record<string, AdminRoute>> = {
  "POST /key/generate": generate,
  "GET /key/info": info,
  "GET /key/list": list,
  "POST /key/update": update,
  "POST /key/delete": remove,
  "POST /key/block": block,
  "POST /key/unblock": unblock,
  "POST /key/regenerate": regenerate,
};

/** The handler of a request to the key API; undefined for other routes. */
export const adminRoute = (method: string, path: string): AdminRoute | undefined =>
  ADMIN[`${method} ${path}`] ?? (method === "POST" && /^\/key\/[^/]+\/regenerate$/.test(path) ? regenerate : undefined);
