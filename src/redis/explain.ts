import { deniedError, LlmctlError, unreachableError } from "../errors.js";

/** Turns what ioredis throws into an error for a person. A LlmctlError passes through. */
export function explainRedisError(error: unknown, address: string): LlmctlError {
  if (error instanceof LlmctlError) return error;
  const { message, code } = error as NodeJS.ErrnoException;
  if (/^(WRONGPASS|NOAUTH|ERR AUTH|ERR invalid password)|without any password configured/.test(message)) {
    return deniedError(
      "redis-auth",
      `Redis at ${address} refused the login: ${message}`,
      "check user and password in --redis-url or REDIS_USERNAME and REDIS_PASSWORD",
      error,
    );
  }
  if (message.startsWith("NOPERM")) {
    return deniedError(
      "redis-permission",
      `Redis at ${address} refused a command: ${message}`,
      "give this user the right that is named",
      error,
    );
  }
  if (/^ERR (DB index|invalid DB|SELECT)/i.test(message)) {
    return unreachableError(
      "redis-db",
      `Redis at ${address} has no such database: ${message}`,
      "check the number at the end of --redis-url or REDIS_DB",
      error,
    );
  }
  const reason = code === "ECONNREFUSED" ? "nobody listens there (ECONNREFUSED)" : message || code || String(error);
  return unreachableError(
    "redis-unreachable",
    `Redis at ${address} did not answer: ${reason}`,
    "check that it runs and that --redis-url or REDIS_HOST is right",
    error,
  );
}
