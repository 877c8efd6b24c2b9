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

export const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");
export const newSecret = (): string => `sk-${randomBytes(16).toString("base64url")}`;

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
const withOffset = (at: number) => new Date(at).toISOString().replace("Z", "000+00:00");
const withZ = (at: number) => new Date(at).toISOString().replace("Z", "000Z");

function shown(row: KeyRow, time: (at: number) => string) {
  return {
    key_name: row.key_name,
    key_alias: row.key_alias,
    soft_budget_cooldown: false,
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
    budget_reset_at: null,
    allowed_cache_controls: [],
    allowed_routes: [],
    model_spend: {},
    model_max_budget: {},
    budget_id: null,
    organization_id: null,
    object_permission_id: null,
    created_at: time(row.created_at),
    created_by: "default_user_id",
    updated_at: time(row.updated_at),
    updated_by: "default_user_id",
    litellm_budget_table: null,
  };
}

/** As in `info` of /key/info, and in /key/update: without the hash. */
export const infoOf = (row: KeyRow) => shown(row, withOffset);
/** As in /key/list, /key/generate, /key/block and /key/unblock: with the hash. */
export const objectOf = (row: KeyRow) => ({ token: row.token, ...shown(row, withZ) });
