import type { Format } from "../output/index.js";

/** How to reach Redis: one server, a primary behind Sentinels, or a Cluster. */
export type RedisSettings = StandaloneRedis | SentinelRedis | ClusterRedis;

/** One Redis server. */
export interface StandaloneRedis extends RedisLogin {
  readonly kind: "standalone";
  readonly host: string;
  readonly port: number;
  /** Path of a unix socket, used instead of host and port. */
  readonly path?: string;
}

/** A primary behind Sentinels. */
export interface SentinelRedis extends RedisLogin {
  readonly kind: "sentinel";
  readonly sentinels: readonly Endpoint[];
  /** The name of the primary in the Sentinels' configuration. */
  readonly service: string;
  /** The Sentinels' own password; that of the data servers is `password`. */
  readonly sentinelPassword?: string;
}

interface ClusterRedis extends RedisLogin {
  readonly kind: "cluster";
  /** Seed nodes; they report the others. */
  readonly nodes: readonly Endpoint[];
}

/** A host and its port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

interface RedisLogin {
  readonly username?: string;
  readonly password?: string;
  /** Always 0 on a Cluster. */
  readonly db: number;
  readonly tls: boolean;
  /** How TLS is done; ignored without `tls`. */
  readonly trust?: TlsTrust;
}

/** TLS certificates by the paths of their PEM files, which are read when connecting. */
export interface TlsTrust {
  /** Certificate authorities that replace the system's list. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  /** False accepts any certificate. */
  readonly verify?: boolean;
  /** False accepts a trusted certificate of another host. */
  readonly checkHostname?: boolean;
}

/** All settings from flags, environment and files, resolved once at the start of a command. */
export interface Settings {
  /** Without a trailing slash. */
  readonly baseUrl?: string;
  /** The admin key. */
  readonly apiKey?: string;
  readonly redis?: RedisSettings;
  readonly redisNamespace?: string;
  /** Only LiteLLM's own configuration names that namespace; the proxy's own report takes precedence. */
  readonly namespaceFromLitellm?: boolean;
  /** LiteLLM's own config.yaml, and the environment that resolves its `os.environ/` references. */
  readonly litellmConfig?: { readonly path: string; readonly env: Readonly<Record<string, string | undefined>> };
  /** Time limit of one admin call or Redis command, in milliseconds. */
  readonly timeoutMs: number;
  readonly output: Format;
  readonly quiet: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly input: boolean;
  readonly debug: boolean;
  /** `$XDG_STATE_HOME/llmctl` */
  readonly stateDir: string;
}

/** Of the settings, where proxy and Redis are and how they are reached: all that an act goes by. */
export type TargetSettings = Pick<
  Settings,
  | "baseUrl"
  | "apiKey"
  | "redis"
  | "redisNamespace"
  | "namespaceFromLitellm"
  | "litellmConfig"
  | "timeoutMs"
  | "stateDir"
  | "dryRun"
>;

/** The global flags as commander parses them. */
export interface GlobalFlags {
  baseUrl?: string;
  apiKeyFile?: string;
  envFile?: string;
  redisUrl?: string;
  redisCa?: string;
  redisCert?: string;
  redisKey?: string;
  redisNamespace?: string;
  litellmConfig?: string;
  timeout?: string;
  output?: string;
  json?: boolean;
  quiet?: boolean;
  yes?: boolean;
  dryRun?: boolean;
  input?: boolean;
  debug?: boolean;
}
