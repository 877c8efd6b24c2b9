/** Environment variables by name. */
export type Words = Readonly<Record<string, string | undefined>>;

/** Names of which one says all: who sets one of them leaves those of a weaker source aside. */
const TOGETHER = [
  ["LITELLM_PROXY_API_KEY", "LITELLM_MASTER_KEY"],
  ["REDIS_CLUSTER_NODES", "REDIS_URL", "REDIS_SENTINEL_NODES", "REDIS_HOST"],
] as const;

/** Both sources together; where both speak, the stronger is right. */
export function overlay(weaker: Words, stronger: Words): Words {
  const aside = TOGETHER.filter((names) => names.some((name) => stronger[name] !== undefined)).flat();
  return {
    ...Object.fromEntries(Object.entries(weaker).filter(([name]) => !aside.some((one) => one === name))),
    ...stronger,
  };
}
