import { createHash, randomBytes } from "node:crypto";

/** A virtual key, with LiteLLM's own field names. Times are milliseconds since 1970 here and text in answers. */
export interface KeyRow {
  readonly token: string;
  readonly key_name: string;
  key_alias: string | null;
  models: string[];
  user_id: string | null;
  team_id: string | null;
  max_parallel_requests: number | null;
  rpm_limit: number | null;
  tpm_limit: number | null;
  max_budget: number | null;
  budget_duration: string | null;
  metadata: Record<string, unknown>;
  blocked: boolean | null;
  expires: number | null;
  readonly created_at: number;
  updated_at: number;
}

/** LiteLLM's hash of a secret: SHA-256 in hex. */
export const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");
/** Creates a random secret. */
export const newSecret = (): string => `sk-${randomBytes(16).toString("base64url")}`;

/** Creates the row of a new key without limits. */
export const newRow = (secret: string, now: number): KeyRow => ({
  token: hashOf(secret),
  key_name: `sk-...${secret.slice(-4)}`,
  key_alias: null,
  models: [],
  user_id: null,
  team_id: null,
  max_parallel_requests: null,
  rpm_limit: null,
  tpm_limit: null,
  max_budget: null,
  budget_duration: null,
  metadata: {},
  blocked: null,
  expires: null,
  created_at: now,
  updated_at: now,
});

/** Info and update write the offset as +00:00 with microseconds, the other answers write Z. */
export const withOffset = (at: number): string => withFraction(at).replace("Z", "+00:00");
const withZ = (at: number): string => withFraction(at);
/** Six digits, or none on a full second. */
const withFraction = (at: number) => new Date(at).toISOString().replace("Z", "000Z").replace(".000000", "");

type Time = (at: number) => string;

/** Fields common to all answers about a key. */
const common = (row: KeyRow, time: Time) => ({
  key_name: row.key_name,
  key_alias: row.key_alias,
  spend: 0,
  expires: row.expires === null ? null : time(row.expires),
  models: row.models,
  aliases: {},
  config: {},
  user_id: row.user_id,
  team_id: row.team_id,
  permissions: {},
  max_parallel_requests: row.max_parallel_requests,
  metadata: row.metadata,
  blocked: row.blocked,
  tpm_limit: row.tpm_limit,
  rpm_limit: row.rpm_limit,
  max_budget: row.max_budget,
  budget_duration: row.budget_duration,
  allowed_cache_controls: [],
  allowed_routes: [],
  model_max_budget: {},
  litellm_budget_table: null,
  created_at: time(row.created_at),
  created_by: "default_user_id",
  updated_at: time(row.updated_at),
  updated_by: "default_user_id",
});

const stored = { soft_budget_cooldown: false, budget_reset_at: null, model_spend: {}, object_permission_id: null };

/** As in `info` of /key/info and in /key/update: without the hash. */
export const infoOf = (row: KeyRow, time: Time = withOffset) => ({
  ...common(row, time),
  ...stored,
  budget_id: null,
  organization_id: null,
});

/** As in /key/unblock. */
export const unblockedOf = (row: KeyRow) => ({ token: row.token, ...infoOf(row, withZ) });

/** As in /key/list and /key/block. */
export const objectOf = (row: KeyRow) => ({ token: row.token, ...common(row, withZ), ...stored, org_id: null });

/** As in /key/generate, the only answer with the key itself. */
export const generatedOf = (row: KeyRow, key: string, duration: unknown) => ({
  ...common(row, withZ),
  duration,
  key,
  budget_id: null,
  organization_id: null,
  token_id: row.token,
  token: row.token,
});
