import type { Context } from "../config/context.js";
import { LlmctlError } from "../errors.js";
import { LitellmApi } from "../litellm/api/http.js";
import { describeProxy, type ProxyDescription } from "../litellm/api/proxy.js";
import { EMPTY_KEY_DIRECTORY, type KeyDirectory, readKeyDirectory } from "../litellm/key-directory.js";

/** What the proxy reported; null or an empty directory where it did not. */
export interface ProxySurvey {
  readonly proxy: ProxyDescription | null;
  readonly keyDirectory: KeyDirectory;
}

/**
 * Asks the proxy, if one is configured, for its release and its keys. Missing answers are warned about and left out.
 */
export async function surveyProxy({ settings, terminal, signal }: Context): Promise<ProxySurvey> {
  if (settings.baseUrl === undefined) return { proxy: null, keyDirectory: EMPTY_KEY_DIRECTORY };
  const api = new LitellmApi({
    baseUrl: settings.baseUrl,
    apiKey: settings.apiKey,
    timeoutMs: settings.timeoutMs,
    signal,
  });
  const orSay = async <T>(what: string, work: Promise<T>, instead: T): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof LlmctlError) || signal.aborted) throw error;
      terminal.warn(`${what} not known: ${error.message}`);
      return instead;
    }
  };
  const proxy = await orSay("release", describeProxy(api), null);
  if (proxy === null || !api.hasKey) return { proxy, keyDirectory: EMPTY_KEY_DIRECTORY };
  return { proxy, keyDirectory: await orSay("limits and aliases", readKeyDirectory(api), EMPTY_KEY_DIRECTORY) };
}
