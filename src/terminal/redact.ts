/** Secrets shorter than this are not searched for in free text: replacing every "redis" would say more than it hides. */
const SHORTEST = 8;
/** A key of LiteLLM is no word of any text, so a shorter one is looked for too: `sk-1234` is the master key of its manual. */
const SHORTEST_KEY = 6;

/** How a key is shown: `sk-…abcd`, the last four characters being what LiteLLM itself shows; of other secrets nothing is. */
export const maskKey = (key: string): string =>
  !key.startsWith("sk-") ? "…" : key.length < SHORTEST + 3 ? "sk-…" : `sk-…${key.slice(-4)}`;

/** A key that nobody told of, at the beginning of a word: also behind an escape of JSON or of a terminal, and as Markdown writes it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's escape is a control character
const KEY = /sk-(?<=(?:^|[^A-Za-z0-9]|\\[bfnrt]|\u001b\[[\d;]*m)sk-)(?:\\?[A-Za-z0-9_-]){8,}/g;
const URL_PASSWORD = /\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/]+@/gi;

/** Hides secrets in whatever leaves the program. It knows the secrets it was told of, and the look of keys and URLs with passwords. */
export class Redactor {
  /** What stands for a secret in some text, and the secret; the longest first, for one may hold another. */
  #forms: (readonly [form: string, secret: string])[] = [];

  /** Remembers a secret, and the forms in which URLs, JSON, CSV and Markdown carry it. */
  learn(secret: string | undefined): void {
    if (secret === undefined || secret.length < (secret.startsWith("sk-") ? SHORTEST_KEY : SHORTEST)) return;
    const forms = new Map([...this.#forms, ...formsOf(secret).map((form) => [form, secret] as const)]);
    this.#forms = [...forms].sort(([a], [b]) => b.length - a.length);
  }

  /** `text` without secrets. `allowed` are the ones that this very output exists to show. */
  text(text: string, allowed: readonly string[] = []): string {
    let clean = text;
    for (const [form, secret] of this.#forms) {
      // The mask is given by a function, for `$&` in it would bring the secret back.
      if (!allowed.includes(secret)) clean = clean.replaceAll(form, () => maskKey(secret));
    }
    const shown = new Set(allowed.flatMap(formsOf));
    // Millions of rows pass here, and most hold neither: a fixed text is found many times quicker than a pattern.
    if (clean.includes("sk-")) {
      clean = clean.replace(KEY, (key) => (shown.has(key) ? key : maskKey(key.replaceAll("\\", ""))));
    }
    return clean.includes("://") ? clean.replace(URL_PASSWORD, "$1:…@") : clean;
  }
}

function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  // Half a character, which no URL can hold, becomes the sign for it.
  const whole = Buffer.from(secret).toString();
  return [
    ...[secret, json, JSON.stringify(json).slice(1, -1)],
    ...[encodeURIComponent(whole), new URLSearchParams([["", whole]]).toString().slice(1)],
    ...[secret.replaceAll('"', '""'), json.replaceAll('"', '""')],
    secret.replace(/[\\`*_|<>[\]]/g, "\\$&"),
  ];
}
