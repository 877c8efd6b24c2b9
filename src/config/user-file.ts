import { z } from "zod";
import { usageError } from "../errors.js";

const userFile = z.strictObject({
  baseUrl: z.string().optional(),
  apiKey: z.string().optional(),
  redisUrl: z.string().optional(),
  redisNamespace: z.string().optional(),
});

/**
 * Parses `$XDG_CONFIG_HOME/llmctl/config.json`. An unknown name is exit 2, so that a misspelt setting is not ignored.
 */
export function parseUserFile(text: string, path: string): z.infer<typeof userFile> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw usageError({ code: "bad-config", message: `${path} is not JSON`, hint: "fix or delete it", cause });
  }
  const parsed = userFile.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw usageError({
    code: "bad-config",
    message: `${path}: ${[...(issue?.path ?? [])].join(".")} ${issue?.message}`.trim(),
    hint: `it may hold: ${Object.keys(userFile.shape).join(", ")}`,
  });
}
