/** Secrets shorter than this are not searched for in free text: replacing every "redis" would say more than it hides. */
const SHORTEST = 8;

/** How a key is shown: `sk-…abcd`, the last four characters being what LiteLLM itself shows. */
export function maskKey(key: string): string {
  const prefix = key.startsWith("sk-") ? "sk-" : "";
  return key.length < prefix.length + SHORTEST ? `${prefix}…` : `${prefix}…${key.slice(-4)}`;
}

/** Hides secrets in whatever leaves the program. It knows the secrets it was told of, and the look of keys and URLs with passwords. */
export class Redactor {
  readonly #secrets = new Set<string>();

  /** Remembers a secret, and the forms in which URLs and JSON carry it. */
  learn(secret: string | undefined): void {
    if (secret === undefined || secret.length < SHORTEST) return;
    this.#secrets.add(secret);
    this.#secrets.add(encodeURIComponent(secret));
    this.#secrets.add(JSON.stringify(secret).slice(1, -1));
  }

  /** `text` without secrets. `allowed` are the ones that this very output exists to show. */
  text(text: string, allowed: readonly string[] = []): string {
    let clean = text;
    const longestFirst = [...this.#secrets].sort((a, b) => b.length - a.length);
    for (const secret of longestFirst) {
      if (!allowed.includes(secret)) clean = clean.replaceAll(secret, maskKey(secret));
    }
    // Millions of rows pass here, and most hold neither: looking for a fixed text is many times quicker than for a pattern.
    if (clean.includes("sk-")) {
      clean = clean.replace(/\bsk-[A-Za-z0-9_-]{8,}/g, (key) => (allowed.includes(key) ? key : maskKey(key)));
    }
    return clean.includes("://") ? clean.replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, "$1:…@") : clean;
  }
}
