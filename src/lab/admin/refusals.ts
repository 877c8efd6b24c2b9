import { none, openaiError } from "../answers/errors.js";
import type { Reply } from "../answers/reply.js";
import type { Release } from "../release.js";
import { hashOf } from "./row.js";

/** Replies to a caller with no key, a wrong key, or a key without the right. */
export const refusals = {
  noKey: (release: Release): Reply =>
    openaiError(401, "Authentication Error, No api key passed in.", "auth_error", none(release)),

  notAKey(release: Release, given: string): Reply {
    const text = (shown: string) => `LiteLLM Virtual Key expected. Received=${shown}, expected to start with 'sk-'.`;
    const message = release.since(91) ? text("****") : `Authentication Error, ${text(given)}`;
    return openaiError(401, message, "auth_error", none(release));
  },

  unknownKey(release: Release, secret: string): Reply {
    const long =
      `Authentication Error, Invalid proxy server token passed. Received API Key = sk-...${secret.slice(-4)}, ` +
      `Key Hash (Token) =${hashOf(secret)}. Unable to find token in cache or \`LiteLLM_VerificationTokenTable\``;
    const message = release.since(103) ? "Authentication Error, Invalid API key provided." : long;
    return openaiError(401, message, "token_not_found_in_db", "key");
  },

  blocked(release: Release): Reply {
    const who = release.since(91) ? "an admin" : "admin";
    const message = `Authentication Error, Key is blocked. Update via \`/key/unblock\` if you're ${who}.`;
    return openaiError(401, message, "auth_error", none(release));
  },

  expired(release: Release, secret: string, expires: number, now: number): Reply {
    const text = (at: number) => new Date(at).toISOString().replace("T", " ").replace("Z", "000+00:00");
    const message = `Authentication Error - Expired Key. Key Expiry time ${text(expires)} and current time ${text(now)}`;
    if (!release.since(91)) return openaiError(400, message, "expired_key", secret);
    return openaiError(401, message, "expired_key", `sk-...${secret.slice(-4)}`);
  },

  notThisModel(release: Release, models: readonly string[], model: string): Reply {
    const list = `[${models.map((name) => `'${name}'`).join(", ")}]`;
    const earlier = `key not allowed to access model. This key can only access models=${list}. Tried to access ${model}`;
    const later = `The requested model '${model}' is not available for this API key, or the model name is invalid. Check the models available to you and try again.`;
    const status = release.since(91) ? 403 : 401;
    return openaiError(status, release.since(103) ? later : earlier, "key_model_access_denied", "model");
  },

  notAdmin(release: Release, path: string): Reply {
    const user = release.since(91) ? "*******" : "unknown";
    const message =
      "Authentication Error, Only proxy admin can be used to generate, delete, update info for new keys/users/teams. " +
      `Route=${path}. Your role=unknown. Your user_id=${user}`;
    return openaiError(401, message, "auth_error", none(release));
  },

  listNotAllowed: (): Reply =>
    openaiError(
      403,
      "You are not authorized to access this endpoint. No 'user_id' is associated with your API key.",
      "bad_request_error",
      "user_id",
    ),
};
