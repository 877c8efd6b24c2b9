import type { RedisOptions } from "ioredis";
import type { RedisSettings, SentinelRedis } from "../config/settings.js";
import type { TlsOptions } from "./tls.js";

/** Options of every connection to a data server, whatever the source of its address. */
export function nodeOptions(
  settings: RedisSettings,
  tls: TlsOptions | undefined,
  { timeoutMs }: { timeoutMs: number },
): RedisOptions {
  return {
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    // ioredis 6 reads large RESP3 replies at less than half the speed of RESP2, and nothing here needs RESP3.
    protocol: 2,
    autoResendUnfulfilledCommands: false,
    enableReadyCheck: false,
    connectionName: "llmctl",
    // CLIENT SETINFO would need one more right and helps no user.
    disableClientInfo: true,
    db: settings.db,
    ...(settings.username ? { username: settings.username } : {}),
    ...(settings.password ? { password: settings.password } : {}),
    ...(tls ? { tls } : {}),
  };
}

/** LiteLLM's Redis client uses TLS for the Sentinels too when it uses it for the data servers. */
export const sentinelOptions = (settings: SentinelRedis, login: RedisOptions): RedisOptions => ({
  ...login,
  sentinels: settings.sentinels.map(({ host, port }) => ({ host, port })),
  name: settings.service,
  updateSentinels: false,
  sentinelRetryStrategy: () => null,
  ...(login.commandTimeout === undefined ? {} : { sentinelCommandTimeout: login.commandTimeout }),
  ...(settings.sentinelPassword ? { sentinelPassword: settings.sentinelPassword } : {}),
  ...(login.tls ? { enableTLSForSentinelMode: true, sentinelTLS: login.tls } : {}),
});
