import type { IncomingMessage } from "node:http";
import { refusals } from "./admin/refusals.js";
import { hashOf, type KeyRow } from "./admin/row.js";
import type { Reply } from "./answers/reply.js";
import type { Lab } from "./lab.js";
import type { Worker } from "./worker.js";

/** The sender of a request: the admin, the holder of a key, or a rejected caller with the reason. */
export type Caller = { readonly kind: "admin" } | { readonly kind: "key"; readonly row: KeyRow } | Rejected;

interface Rejected {
  readonly kind: "rejected";
  readonly reply: Reply;
}

const rejected = (reply: Reply): Rejected => ({ kind: "rejected", reply });

/** Reads `Authorization: Bearer` or `x-api-key`. */
export function identifyCaller(
  { release, keys, masterKey, now }: Lab,
  worker: Worker,
  { headers }: IncomingMessage,
): Caller {
  const given = headers.authorization ?? headers["x-api-key"];
  const secret = typeof given === "string" ? given.replace(/^Bearer\s+/i, "").trim() : "";
  if (secret === "") return rejected(refusals.noKey(release));
  if (secret === masterKey) return { kind: "admin" };
  if (!secret.startsWith("sk-")) return rejected(refusals.notAKey(release, secret));
  const row = worker.rows.see(hashOf(secret), keys.find(secret), now());
  if (!row) return rejected(refusals.unknownKey(release, secret));
  if (row.blocked === true) return rejected(refusals.blocked(release));
  if (row.expires !== null && row.expires < now()) {
    return rejected(refusals.expired(release, secret, row.expires, now()));
  }
  return { kind: "key", row };
}
