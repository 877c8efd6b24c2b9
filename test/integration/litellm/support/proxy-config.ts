export interface ProxyConfig {
  redisPort: number;
  upstreamUrl: string;
  /** Keys come from custom_auth.py and not from a database. */
  keysFromFile: boolean;
  /** `cache_params.namespace`: a prefix of every key in Redis. */
  namespace?: string;
  /** Seconds after which the proxy gives up on a provider, 120 by default. */
  requestTimeout?: number;
}

/**
 * LiteLLM's config.yaml as an object: a model behind each provider's API, one that serves a single call at a time, and a Redis without response caching.
 * No retries and no cooldowns: each call of a test is one call of the provider.
 */
export const proxyConfig = ({
  redisPort,
  upstreamUrl,
  keysFromFile,
  namespace,
  requestTimeout = 120,
}: ProxyConfig) => ({
  model_list: [
    {
      model_name: "gpt-lab",
      litellm_params: { model: "openai/gpt-lab", api_base: `${upstreamUrl}/v1`, api_key: "not-used" },
    },
    {
      model_name: "claude-lab",
      litellm_params: { model: "anthropic/claude-lab", api_base: upstreamUrl, api_key: "not-used" },
    },
    {
      // A limit of the deployment, which the router keeps and Redis never sees.
      model_name: "narrow-lab",
      litellm_params: {
        model: "openai/gpt-lab",
        api_base: `${upstreamUrl}/v1`,
        api_key: "not-used",
        max_parallel_requests: 1,
      },
    },
  ],
  general_settings: {
    master_key: "os.environ/LITELLM_MASTER_KEY",
    ...(keysFromFile && { custom_auth: "custom_auth.user_api_key_auth" }),
  },
  litellm_settings: {
    cache: true,
    cache_params: {
      type: "redis",
      host: "127.0.0.1",
      port: `${redisPort}`,
      supported_call_types: [],
      ...(namespace && { namespace }),
    },
    num_retries: 0,
    request_timeout: requestTimeout,
  },
  router_settings: { disable_cooldowns: true },
});
