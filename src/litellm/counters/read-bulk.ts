import { argument, type Bulk } from "../../redis/bulk.js";
import { type BulkReply, Refusal } from "../../redis/reply-parser.js";
import { type Reading, startIn } from "./read.js";

/** The commands to try first on the counters of one server: those that its last unexpected key needed. */
export interface Guess {
  kind: Kind;
}

type Kind = "zset" | "string";

const TIME = { text: "*1\r\n$4\r\nTIME\r\n", replies: 1 };
const EVERY_MINUTE = "::request_count";

/**
 * PTTL or TYPE of a key, and its value by the commands of one type: two replies for a string, three for a sorted set.
 */
const question = (first: "PTTL" | "TYPE", key: string, kind: Kind, last: string) =>
  kind === "string"
    ? { text: `*2\r\n$4\r\n${first}\r\n${key}*2\r\n$3\r\nGET\r\n${key}`, replies: 2 }
    : {
        text: `*2\r\n$4\r\n${first}\r\n${key}*5\r\n$6\r\nZRANGE\r\n${key}$1\r\n0\r\n${last}$10\r\nWITHSCORES\r\n*2\r\n$5\r\nZCARD\r\n${key}`,
        replies: 3,
      };

/**
 * Reads many keys as `readKeys` does, but by plain commands instead of a script, which halves the server's work. In
 * exchange, a call may come between a key's expiry, its members and their number. Undefined for a key that could not be
 * read this way.
 */
export async function readInBulk(
  bulk: Bulk,
  keys: readonly string[],
  members: number,
  guess: Guess,
): Promise<(Reading | undefined)[]> {
  const words = keys.map(argument);
  const last = argument(`${members - 1}`);
  const kinds = keys.map((key): Kind => (key.endsWith(EVERY_MINUTE) ? "string" : guess.kind));
  const questions = words.map((word, at) => question("PTTL", word, kinds[at] as Kind, last));
  const [time, ...replies] = await bulk.ask([TIME, ...questions]);
  const clock = time?.[0];
  if (!Array.isArray(clock)) return keys.map(() => undefined);
  const [seconds, micros] = clock.map(Number) as [number, number];
  const timeMs = seconds * 1000 + Math.floor(micros / 1000);
  const start = (at: number) => {
    const ttlMs = replies[at]?.[0];
    return typeof ttlMs === "number" ? { key: keys[at] as string, ttlMs, timeMs } : undefined;
  };
  const wrong: number[] = [];
  const readings = keys.map((_, at) => {
    const begun = start(at);
    const reply = replies[at] as BulkReply[];
    if (begun && begun.ttlMs !== -2 && isOfAnotherType(reply)) wrong.push(at);
    return begun && understand(begun, kinds[at] as Kind, reply);
  });
  if (wrong.length === 0) return readings;
  // The others: read their type, and their value by the other commands.
  const other = (at: number): Kind => (kinds[at] === "zset" ? "string" : "zset");
  const others = await bulk.ask(wrong.map((at) => question("TYPE", words[at] as string, other(at), last)));
  for (const [index, at] of wrong.entries()) {
    const kind = others[index]?.[0];
    const begun = start(at);
    if (!begun || typeof kind !== "string" || kind === kinds[at]) continue;
    readings[at] =
      kind === other(at)
        ? understand(begun, kind, others[index] as BulkReply[])
        : { ...begun, type: kind, value: "", size: 0, members: [] };
    if (kind === other(at) && !begun.key.endsWith(EVERY_MINUTE)) guess.kind = kind;
  }
  return readings;
}

const isOfAnotherType = ([, first]: readonly BulkReply[]): boolean =>
  first instanceof Refusal && first.message.startsWith("WRONGTYPE");

function understand(
  begun: Pick<Reading, "key" | "ttlMs" | "timeMs">,
  kind: Kind,
  [, first, size]: readonly BulkReply[],
): Reading | undefined {
  const { key, ttlMs, timeMs } = begun;
  if (ttlMs === -2) return { key, type: "none", ttlMs, timeMs, value: "", size: 0, members: [] };
  if (kind === "string") {
    return typeof first === "string"
      ? { key, type: kind, ttlMs, timeMs, value: first, size: 0, members: [] }
      : undefined;
  }
  if (!Array.isArray(first) || typeof size !== "number" || size === 0) return undefined;
  const members = [];
  for (let at = 0; at < first.length; at += 2) members.push({ id: first[at], score: startIn(first[at + 1]) });
  return { key, type: kind, ttlMs, timeMs, value: "", size, members };
}
