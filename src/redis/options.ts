import type { RedisOptions } from "ioredis";
import type { RedisSettings, SentinelRedis } from "../config/settings.js";
import type { TlsOptions } from "./tls.js";

/** What every connection to a data server has in common, whoever named its address. */
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
    // ioredis 6 reads large RESP3 replies at less than half the speed of RESP2 ones, and nothing here needs RESP3.
    protocol: 2,
    autoResendUnfulfilledCommands: false,
    enableReadyCheck: false,
    connectionName: "llmctl",
    // CLIENT SETINFO would be one more right to give, for nothing that a person looks at.
    disableClientInfo: true,
    db: settings.db,
    ...(settings.username ? { username: settings.username } : {}),
    ...(settings.password ? { password: settings.password } : {}),
    ...(tls ? { tls } : {}),
  };
}

/** LiteLLM's Redis client uses TLS towards the Sentinels as well when it uses it towards the data servers. */
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
