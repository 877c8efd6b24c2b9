import { type ErrorCode, errorCode, LlmctlError, unreachableError } from "../errors.js";
import { READ_RIGHTS } from "./acl.js";

type Rule = readonly [pattern: RegExp, code: ErrorCode, what: string, hint: string];

/**
 * What an error message of Redis, ioredis or OpenSSL means; the first match counts. `what` comes between the address
 * and the message.
 */
const RULES: readonly Rule[] = [
  [
    /^All sentinels.*(WRONGPASS|NOAUTH|ERR AUTH|without any password)/,
    "redis-auth",
    "cannot be found, the Sentinels refused the login",
    "check REDIS_SENTINEL_PASSWORD, which is not that of the data servers",
  ],
  [
    /^All sentinels are unreachable and retry is disabled\.$/,
    "redis-service",
    "cannot be found, the Sentinels know no service of this name",
    "check REDIS_SERVICE_NAME; they list theirs by: redis-cli -p 26379 SENTINEL MASTERS",
  ],
  [
    /^All sentinels/,
    "redis-unreachable",
    "cannot be found, no Sentinel answered",
    "check that they run and that REDIS_SENTINEL_NODES is right",
  ],
  [
    /^(WRONGPASS|NOAUTH|ERR AUTH|ERR invalid password)|without any password configured/,
    "redis-auth",
    "refused the login",
    "check user and password in --redis-url or REDIS_USERNAME and REDIS_PASSWORD",
  ],
  [
    // The second is how Redis 7.0 refuses a script, the third Redis 7.2 and Valkey, which name the command themselves.
    /NOPERM|The user executing the script can't run|ACL failure in script/,
    "redis-permission",
    "refused a command",
    `give this user the right that is named; to read it takes: ACL SETUSER <user> ${READ_RIGHTS.join(" ")}`,
  ],
  [
    /^ERR (DB index|invalid DB|SELECT)/i,
    "redis-db",
    "has no such database",
    "check the number at the end of --redis-url or REDIS_DB",
  ],
  [
    /cluster support disabled/,
    "redis-no-cluster",
    "is not a Cluster",
    "name a single server by --redis-url or REDIS_HOST, not by REDIS_CLUSTER_NODES",
  ],
  [/^CLUSTERDOWN/, "redis-cluster-down", "does not serve all its slots", "see: redis-cli --cluster check <host:port>"],
  [
    /key values mismatch|PEM routines|no start line/,
    "redis-tls-files",
    "was not asked, for certificate and key cannot be used",
    "check the PEM files of --redis-ca, --redis-cert and --redis-key",
  ],
  [
    /alert (certificate required|unknown ca|bad certificate|handshake failure|certificate expired)/,
    "redis-tls-client",
    "refused our certificate, or asks for one",
    "give --redis-cert and --redis-key, or REDIS_SSL_CERTFILE and REDIS_SSL_KEYFILE",
  ],
  [
    /self-signed certificate|unable to (verify|get)|certificate has expired|does not match certificate/,
    "redis-tls-server",
    "showed a certificate that is not trusted",
    "name the authority that signed it: --redis-ca ca.pem, or REDIS_SSL_CA_CERTS",
  ],
];

/** Converts an error of ioredis into an error for the user. A LlmctlError passes through unchanged. */
export function explainRedisError(error: unknown, address: string): LlmctlError {
  if (error instanceof LlmctlError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = errorCode(error);
  for (const [pattern, code, what, hint] of RULES) {
    if (!pattern.test(message)) continue;
    return new LlmctlError({ code, message: `Redis at ${address} ${what}: ${oneLine(message)}`, hint, cause: error });
  }
  const reason =
    code === "ECONNREFUSED" ? "nobody listens there (ECONNREFUSED)" : oneLine(message) || code || String(error);
  const tls = address.startsWith("rediss") ? "without TLS it is redis://" : "with TLS it is rediss://";
  return unreachableError({
    code: "redis-unreachable",
    message: `Redis at ${address} did not answer: ${reason}`,
    hint:
      code === "ECONNREFUSED"
        ? "check that it runs and that --redis-url or REDIS_HOST is right"
        : `check that it runs and that --redis-url or REDIS_HOST is right; ${tls}`,
    cause: error,
  });
}

/**
 * The same for errors while working with keys. An error that neither Redis nor its client made is a bug of llmctl and
 * passes through unchanged.
 */
export function explainIfRedis(error: unknown, address: string): unknown {
  const theirs =
    error instanceof Error &&
    ("command" in error || "syscall" in error || /^(Connection is closed|Command timed out)/.test(error.message));
  return theirs ? explainRedisError(error, address) : error;
}

const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, " ");
