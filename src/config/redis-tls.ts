import { usageError } from "../errors.js";
import type { GlobalFlags, TlsTrust } from "./settings.js";

type Words = Readonly<Record<string, string | undefined>>;

/** TLS settings from flags and environment. The variables are those that LiteLLM passes to its Redis client. */
export const trustFrom = (flags: GlobalFlags, env: Words): TlsTrust => ({
  ...trustFromWords((word) => env[`REDIS_${word.toUpperCase()}`]),
  ...(flags.redisCa ? { caFile: flags.redisCa } : {}),
  ...(flags.redisCert ? { certFile: flags.redisCert } : {}),
  ...(flags.redisKey ? { keyFile: flags.redisKey } : {}),
});

/**
 * TLS settings by the names of redis-py (`ssl_ca_certs`, `ssl_cert_reqs` …), which are the same in a URL's query and in
 * the environment.
 */
export function trustFromWords(said: (word: string) => string | null | undefined): TlsTrust {
  const [ca, cert, key] = [said("ssl_ca_certs"), said("ssl_certfile"), said("ssl_keyfile")];
  const requirement = said("ssl_cert_reqs")?.toLowerCase();
  if (requirement && !["none", "optional", "required"].includes(requirement)) {
    throw usageError({
      code: "bad-redis-tls",
      message: `ssl_cert_reqs of Redis is "${requirement}", which is not known`,
      hint: "use none, optional or required",
    });
  }
  return {
    ...(ca ? { caFile: ca } : {}),
    ...(cert ? { certFile: cert } : {}),
    ...(key ? { keyFile: key } : {}),
    ...(requirement === "none" ? { verify: false } : {}),
    ...(/^(false|0|no)$/i.test(said("ssl_check_hostname") ?? "") ? { checkHostname: false } : {}),
  };
}
