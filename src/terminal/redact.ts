/** Shorter secrets are not replaced in free text: replacing every "redis" would reveal more than it hides. */
const SHORTEST = 8;
/** A LiteLLM key is no ordinary word, so shorter ones are replaced too: `sk-1234` is the master key of its manual. */
const SHORTEST_KEY = 6;

/**
 * Masks a key as `sk-…abcd`, with the four last characters that LiteLLM itself shows; other secrets are hidden
 * completely.
 */
export const maskKey = (key: string): string =>
  !key.startsWith("sk-") ? "…" : key.length < SHORTEST + 3 ? "sk-…" : `sk-…${key.slice(-4)}`;

/**
 * An unregistered key at the start of a word: also after an escape of JSON or of a terminal, and as Markdown escapes
 * it.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's escape is a control character
const KEY = /sk-(?<=(?:^|[^A-Za-z0-9]|\\[bfnrt]|\u001b\[[\d;]*m)sk-)(?:\\?[A-Za-z0-9_-]){8,}/g;
const URL_PASSWORD = /\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/]+@/gi;

/**
 * Redacts secrets in everything that leaves the program: registered secrets, and anything that looks like a key or a
 * URL with a password.
 */
export class Redactor {
  /** The forms of each secret in text, longest first, because one may contain another. */
  #forms: (readonly [form: string, secret: string])[] = [];

  /** Registers a secret in all forms in which URLs, JSON, CSV and Markdown carry it. */
  learn(secret: string | undefined): void {
    if (secret === undefined || secret.length < (secret.startsWith("sk-") ? SHORTEST_KEY : SHORTEST)) return;
    const forms = new Map([...this.#forms, ...formsOf(secret).map((form) => [form, secret] as const)]);
    this.#forms = [...forms].sort(([a], [b]) => b.length - a.length);
  }

  /** Returns `text` without secrets. `allowed` are those that this output exists to show. */
  text(text: string, allowed: readonly string[] = []): string {
    let clean = text;
    for (const [form, secret] of this.#forms) {
      // The mask is returned by a function, because `$&` in it would restore the secret.
      if (!allowed.includes(secret)) clean = clean.replaceAll(form, () => maskKey(secret));
    }
    const shown = new Set(allowed.flatMap(formsOf));
    // Millions of rows pass here, and most contain neither: a fixed text is found many times faster than a pattern.
    if (clean.includes("sk-")) {
      clean = clean.replace(KEY, (key) => (shown.has(key) ? key : maskKey(key.replaceAll("\\", ""))));
    }
    return clean.includes("://") ? clean.replace(URL_PASSWORD, "$1:…@") : clean;
  }
}

function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  // An unpaired surrogate, which no URL can hold, becomes the replacement character.
  const whole = Buffer.from(secret).toString();
  return [
    ...[secret, json, JSON.stringify(json).slice(1, -1)],
    ...[encodeURIComponent(whole), new URLSearchParams([["", whole]]).toString().slice(1)],
    ...[secret.replaceAll('"', '""'), json.replaceAll('"', '""')],
    secret.replace(/[\\`*_|<>[\]]/g, "\\$&"),
  ];
}
