import { readFile } from "node:fs/promises";
import { errorCode, usageError } from "../../errors.js";
import { type FileProblem, mergeIncludes } from "./include.js";
import type { Entry, Node } from "./node.js";
import { parseYaml } from "./parse.js";
import { Settings } from "./settings.js";

export { formatPlace, type Place } from "./node.js";
export { type LimiterRedis, limiterRedis, redisVariables, routerRedis } from "./redis.js";
export { type Setting, textOf } from "./settings.js";

/** LiteLLM's configuration, merged from its files. */
export interface LitellmConfig {
  /** The path as given. */
  readonly file: string;
  /** All files that were read, the first included. */
  readonly files: readonly string[];
  readonly problems: readonly FileProblem[];
  readonly root: ReadonlyMap<string, Entry>;
  readonly settings: Settings;
  /** The environment that resolves references. */
  readonly env: Env;
}

/** Undefined when the file does not exist; throws other errors. */
type ReadText = (path: string) => Promise<string | undefined>;

type Env = Readonly<Record<string, string | undefined>>;

/** What a command has read, under the very environment that its settings hold. */
const readBefore = new WeakMap<Env, Map<string, Promise<LitellmConfig>>>();

/**
 * Reads the file that settings name, once for each `env` object: a command asks for it in several places. A program
 * that goes on for long,
 * and wants to see changes, passes a copy of it.
 */
export function readConfigOnce({ path, env }: { readonly path: string; readonly env: Env }): Promise<LitellmConfig> {
  const files = readBefore.get(env) ?? new Map<string, Promise<LitellmConfig>>();
  readBefore.set(env, files);
  const config = files.get(path) ?? readLitellmConfig(path, env);
  files.set(path, config);
  return config;
}

/**
 * Reads `--litellm-config`. Exit 2 when the file does not exist, is not YAML or has no settings. A missing include or
 * an unresolved reference is not an error here but a finding about LiteLLM.
 */
export async function readLitellmConfig(
  path: string,
  env: Env,
  readText: ReadText = readFromDisk,
): Promise<LitellmConfig> {
  const read = async (file: string): Promise<Node | null | undefined> => {
    const text = await readText(file);
    return text === undefined ? undefined : parseYaml(text, file);
  };
  const top = await read(path);
  if (top === undefined) {
    throw usageError({
      code: "unreadable-file",
      message: `--litellm-config ${path} is not there`,
      hint: "name LiteLLM's config.yaml",
    });
  }
  if (top?.kind !== "mapping") {
    const what = top === null ? "is empty" : "holds no settings";
    throw usageError({
      code: "bad-litellm-config",
      message: `--litellm-config ${path} ${what}`,
      hint: "name LiteLLM's config.yaml, the file with model_list and litellm_settings; LiteLLM does not start with this one",
    });
  }
  const { root, files, problems } = await mergeIncludes(path, top, read);
  return { file: path, files, problems, root, settings: new Settings(root, env), env };
}

async function readFromDisk(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = errorCode(cause);
    if (code === "ENOENT") return undefined;
    throw usageError({
      code: "unreadable-file",
      message: `${path} of LiteLLM's configuration cannot be read (${code})`,
      hint: "make it readable",
      cause,
    });
  }
}
