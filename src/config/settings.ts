import { FORMATS, type Format } from "../report/index.js";

export { FORMATS };

/** How to reach one Redis. Sentinel and Cluster will be further kinds. */
export interface RedisSettings {
  readonly kind: "standalone";
  readonly host: string;
  readonly port: number;
  /** Path of a unix socket; it is used instead of host and port. */
  readonly path?: string;
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
  readonly tls: boolean;
}

/** Everything that flags, environment and files can say, settled once at the start of a command. */
export interface Settings {
  /** Without a slash at the end. */
  readonly baseUrl?: string;
  /** The admin's key. */
  readonly apiKey?: string;
  readonly redis?: RedisSettings;
  readonly redisNamespace?: string;
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

/** The global flags as commander hands them over. */
export interface GlobalFlags {
  baseUrl?: string;
  apiKeyFile?: string;
  envFile?: string;
  redisUrl?: string;
  redisNamespace?: string;
  timeout?: string;
  output?: string;
  json?: boolean;
  quiet?: boolean;
  yes?: boolean;
  dryRun?: boolean;
  input?: boolean;
  debug?: boolean;
}
