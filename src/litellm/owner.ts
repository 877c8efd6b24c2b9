import { createHash } from "node:crypto";

const HASH = /^[0-9a-f]{64}$/;

/**
 * LiteLLM's name of a key in its database (`token`) and in Redis: the lowercase hex SHA-256 of a key that begins with
 * `sk-`. A custom-auth key without `sk-` is stored unchanged.
 */
export const ownerOfSecret = (secret: string): string =>
  secret.startsWith("sk-") ? createHash("sha256").update(secret).digest("hex") : secret;

/** Whether a text is the hash of a key. */
export const isHash = (text: string): boolean => HASH.test(text);

/** The first 12 digits of a hash; other ids unchanged. */
export const shortHash = (id: string): string => (isHash(id) ? `${id.slice(0, 12)}…` : id);
