import { createHash } from "node:crypto";

const HASH = /^[0-9a-f]{64}$/;

/**
 * What LiteLLM calls a key in its database (`token`) and in Redis: the lowercase hex SHA-256 of a key that begins with `sk-`.
 * A custom-auth key without `sk-` stands there as it is.
 */
export const ownerOfSecret = (secret: string): string =>
  secret.startsWith("sk-") ? createHash("sha256").update(secret).digest("hex") : secret;

export const isHash = (text: string): boolean => HASH.test(text);

/** Enough of a hash to recognise it. */
export const shortHash = (id: string): string => (isHash(id) ? `${id.slice(0, 12)}…` : id);
