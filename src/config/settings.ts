import type { Format } from "../output/index.js";

/** How to reach Redis: one server, the primary that Sentinels name, or a Cluster. */
export type RedisSettings = StandaloneRedis | SentinelRedis | ClusterRedis;

export interface StandaloneRedis extends RedisLogin {
  readonly kind: "standalone";
  readonly host: string;
  readonly port: number;
  /** Path of a unix socket; it is used instead of host and port. */
  readonly path?: string;
}

export interface SentinelRedis extends RedisLogin {
  readonly kind: "sentinel";
  readonly sentinels: readonly Endpoint[];
  /** The name under which the Sentinels watch the primary. */
  readonly service: string;
  /** The Sentinels' own password; that of the data servers is `password`. */
  readonly sentinelPassword?: string;
}

interface ClusterRedis extends RedisLogin {
  readonly kind: "cluster";
  /** Nodes to begin with; they name the others. */
  readonly nodes: readonly Endpoint[];
}

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
  /** How TLS is done; unused without `tls`. */
  readonly trust?: TlsTrust;
}

/** Certificates by the paths of their PEM files, which are read when the connection is made. */
export interface TlsTrust {
  /** Whom to trust instead of the system's list. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  /** False takes any certificate. */
  readonly verify?: boolean;
  /** False takes a trusted certificate of another host. */
  readonly checkHostname?: boolean;
}

/** Everything that flags, environment and files can say, settled once at the start of a command. */
export interface Settings {
  /** Without a slash at the end. */
  readonly baseUrl?: string;
  /** The admin's key. */
  readonly apiKey?: string;
  readonly redis?: RedisSettings;
  readonly redisNamespace?: string;
  /** Only LiteLLM's own configuration names that namespace; what the proxy tells is newer. */
  readonly namespaceFromLitellm?: boolean;
  /** LiteLLM's own config.yaml, and the environment that its `os.environ/` references are resolved from. */
  readonly litellmConfig?: { readonly path: string; readonly env: Readonly<Record<string, string | undefined>> };
  /** Limit of one admin call or Redis command, in milliseconds. */
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

/** The global flags as commander hands them over. */
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
