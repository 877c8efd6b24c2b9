import { z } from "zod";

/** A virtual key as LiteLLM returns it. Only fields that llmctl reads are listed; all others are kept unchanged. */
export const keyRow = z.looseObject({
  /** The hash that names the key in Redis too; `/key/info` omits it. */
  token: z.string().nullish(),
  key_name: z.string().nullish(),
  key_alias: z.string().nullish(),
  max_parallel_requests: z.number().nullish(),
  rpm_limit: z.number().nullish(),
  tpm_limit: z.number().nullish(),
  blocked: z.boolean().nullish(),
  expires: z.string().nullish(),
});

/** See the schema `keyRow`. */
export type KeyRow = z.infer<typeof keyRow>;

/** `/key/list?return_full_object=true`; without database rows the list has only hashes. */
export const keyList = z.looseObject({
  keys: z.array(z.union([z.string(), keyRow])),
  total_pages: z.number().nullish(),
});

/** `/key/info`: the row, without its token, inside `info`. */
export const keyInfo = z.looseObject({ key: z.string(), info: keyRow });

/** `/key/generate`: the new row with its secret. The hash is `token` and `token_id`. */
export const generatedKey = keyRow
  .extend({ key: z.string().min(1), token: z.string().nullish(), token_id: z.string().nullish() })
  .transform((row, context) => {
    const token = row.token ?? row.token_id;
    if (token) return { ...row, token };
    context.addIssue({ code: "custom", message: "no token" });
    return z.NEVER;
  });
