import type { Context } from "../config/context.js";
import { readSecret } from "../config/secret.js";
import { usageError } from "../errors.js";
import { isHash, ownerOfSecret } from "../litellm/owner.js";

/**
 * Which key is meant: the hash of the key in the file, or the hash or alias as typed. A secret as an argument is exit
 * 2.
 */
export async function readReference(
  context: Context,
  word: string | undefined,
  keyFile: string | undefined,
): Promise<string> {
  const { terminal } = context;
  if (keyFile !== undefined) {
    if (word !== undefined) {
      throw usageError({
        code: "two-keys",
        message: `both "${maskArgument(word)}" and --key-file name a key`,
        hint: "give one of them",
      });
    }
    const secret = await readSecret(keyFile, "--key-file", terminal.stdin);
    terminal.secrets.learn(secret);
    if (secret.startsWith("sk-")) return ownerOfSecret(secret);
    if (isHash(secret)) return secret;
    throw usageError({
      code: "bad-secret",
      message: `--key-file ${keyFile} holds no key of LiteLLM: they begin with sk-`,
      hint: "check the file",
    });
  }
  if (word?.startsWith("sk-")) {
    throw usageError({
      code: "secret-as-argument",
      message: "a key was given as an argument, where others can read it",
      hint: "name its hash or alias, or put the key into a file: --key-file key.txt",
    });
  }
  if (!word)
    throw usageError({
      code: "no-key",
      message: "no key was named",
      hint: "give its hash or alias, or --key-file; see: llmctl keys list",
    });
  return word;
}

const maskArgument = (word: string): string => (word.startsWith("sk-") ? "sk-…" : word);
