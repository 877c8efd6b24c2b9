import { createHash } from "node:crypto";
import type { Exchange } from "./exchange.js";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Stands in a fixture for every key that a proxy made up; no fixture holds a secret. */
const generatedKey = (index: number) => `sk-generated-by-litellm-${String(index + 1).padStart(4, "0")}`;

/** Different in every answer and of no meaning to a reader. */
const dropped = new Set(["date", "content-length", "connection", "keep-alive", "transfer-encoding"]);

/**
 * The exchange with all that changes from run to run replaced by fixed text of the same form (times, ports, ids, durations,
 * spend, generated keys and their hashes), so that two runs of one release compare equal.
 */
export function steady({ name, request, response }: Exchange, secrets: readonly string[]): Exchange {
  let text = JSON.stringify({ name, request, response });
  for (const [index, secret] of secrets.entries()) {
    const key = generatedKey(index);
    text = text.replaceAll(secret, key).replaceAll(sha256(secret), sha256(key));
    text = text.replaceAll(`sk-...${secret.slice(-4)}`, `sk-...${key.slice(-4)}`);
  }
  text = text
    // A time without a fraction fell on the full second by chance, unless it is a midnight that somebody chose.
    .replace(/20\d\d-\d\d-\d\dT00:00:00(?!\.)/g, "2026-01-02T00:00:00")
    .replace(/20\d\d-\d\d-\d\dT(?!00:00:00(?!\.))\d\d:\d\d:\d\d(\.\d+)?/g, "2026-01-02T03:04:05.678000")
    .replace(/20\d\d-\d\d-\d\d \d\d:\d\d:\d\d/g, "2026-01-02 03:04:05")
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:4000")
    .replace(/(port\W{1,5}")\d+/g, "$16379")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "00000000-0000-4000-8000-000000000000")
    .replace(/(resp|msg|chatcmpl)_[\w=-]{40,}/g, "$1_made-up-by-litellm")
    .replace(/(created(?:_at)?\W{1,5})\d{10}\b/g, "$11700000000")
    .replace(/(\bid\W{1,7})[0-9a-f]{64}/g, `$1${"0".repeat(64)}`)
    .replace(/ object at 0x[0-9a-f]+/g, " object at 0x7f0000000000");
  const kept: Exchange = JSON.parse(text);
  const headers = Object.entries(kept.response.headers)
    .filter(([header]) => !dropped.has(header) && !header.startsWith("llm_provider-"))
    .map(([header, value]) => [header, steadyHeader(header, value)]);
  return { ...kept, response: { ...kept.response, headers: Object.fromEntries(headers) } };
}

function steadyHeader(header: string, value: string): string {
  if (header.endsWith("-ms") || header === "x-litellm-timeout") return "0.0";
  if (header === "x-litellm-key-spend" || header === "x-litellm-response-cost") return "0.0";
  // How soon the calls before were given back: not the same from run to run.
  if (header.startsWith("x-ratelimit-") && header.includes("-remaining-")) return "99";
  if (header === "retry-after" && value.includes(".")) return "38.592376";
  if (header === "x-litellm-model-id") return "0".repeat(64);
  return value;
}
