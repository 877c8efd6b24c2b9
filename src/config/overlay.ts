/** Environment variables by name. */
export type Words = Readonly<Record<string, string | undefined>>;

/** Variables that belong together: setting one of them ignores the others in sources of lower precedence. */
const TOGETHER = [
  ["LITELLM_PROXY_API_KEY", "LITELLM_MASTER_KEY"],
  ["REDIS_CLUSTER_NODES", "REDIS_URL", "REDIS_SENTINEL_NODES", "REDIS_HOST"],
] as const;

/** Merges two sources; `stronger` wins where both have a value. */
export function overlay(weaker: Words, stronger: Words): Words {
  const aside = TOGETHER.filter((names) => names.some((name) => stronger[name] !== undefined)).flat();
  return {
    ...Object.fromEntries(Object.entries(weaker).filter(([name]) => !aside.some((one) => one === name))),
    ...stronger,
  };
}
