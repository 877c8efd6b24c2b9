import { readFileSync } from "node:fs";

/** Releases whose answers are recorded in test/integration/litellm/fixtures. */
export const RELEASES = ["1.79.1", "1.91.5", "1.95.0", "1.109.1"] as const;
export type Release = (typeof RELEASES)[number];

/** What a real release answered, and to what. */
export interface Recorded {
  readonly name: string;
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  readonly response: { readonly status: number; readonly headers: Record<string, string>; readonly body: string };
}

export const recorded = (topic: "admin" | "refusals" | "about", release: Release): readonly Recorded[] =>
  JSON.parse(
    readFileSync(new URL(`../integration/litellm/fixtures/${topic}-${release}.json`, import.meta.url), "utf8"),
  );

/** One recorded answer by name. */
export function answerOf(topic: "admin" | "refusals" | "about", release: Release, name: string): Recorded["response"] {
  const found = recorded(topic, release).find((each) => each.name === name);
  if (!found) throw new Error(`LiteLLM ${release} was not asked to "${name}"`);
  return found.response;
}
