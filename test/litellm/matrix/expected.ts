import type { CellEndingName } from "../../../src/probe/matrix/endings.js";
import type { MatrixCell } from "../../../src/report/documents/matrix.js";
import type { Release } from "../releases.js";

/** The order of the columns below. */
export const ENDINGS = [
  "completed",
  "aborted-stream",
  "aborted-early",
  "provider-500",
  "provider-429",
  "cut",
  "timeout",
] as const satisfies readonly CellEndingName[];

/** What the matrix may say, by the words of the tables below. */
const WORDS = {
  ok: ["healthy"],
  leak: ["leak"],
  /** The release gives back by which of its tasks is quicker. */
  race: ["healthy", "leak"],
  /** The slot lives until the provider answers or the proxy gives up on it, whether its client is there or not. */
  slow: ["slow-release"],
  over: ["over-admission"],
  /** Nothing came back within the settle time, but the client had left before the first byte: eleven minutes would tell. */
  held: ["inconclusive: abandoned"],
  /** A counter below zero lets more than the limit in, too short to be seen beside each other. */
  more: ["inconclusive: below-zero"],
} as const satisfies Record<string, readonly string[]>;

/** How a row of the matrix and one ending turn out. */
export interface Expected {
  readonly endpoint: string;
  readonly model: string;
  readonly stream: boolean;
  readonly ending: (typeof ENDINGS)[number];
  /** One of these, as `outcomeOf` tells them. */
  readonly outcomes: readonly string[];
}

/** How a cell turned out: its verdict, and of an inconclusive one the name of its doubt. */
export const outcomeOf = ({ status, proof }: Pick<MatrixCell, "status" | "proof">): string =>
  status === "inconclusive" ? `inconclusive: ${proof.split(":")[0]}` : status;

/**
 * What real releases did: endpoint, model, mode, and then a word for each of ENDINGS. The proxy gives up on a provider after PROXY_TIMEOUT_S,
 * the matrix waits SETTLE_S for slots. One worker, keys with max_parallel_requests 3 and an rpm limit, no response cache.
 */
const TABLES: Readonly<Partial<Record<Release, string>>> = {
  // messages and responses never give back (issue 17323); so do streams of completions that an OpenAI model fails before their first event.
  "1.79.1": `
    chat         gpt-lab     plain    ok    -     slow  ok    ok    -     slow
    chat         gpt-lab     stream   ok    ok    slow  ok    ok    ok    slow
    chat         claude-lab  plain    ok    -     slow  ok    ok    -     slow
    chat         claude-lab  stream   ok    ok    slow  ok    ok    ok    slow
    messages     gpt-lab     plain    leak  -     held  leak  leak  -     held
    messages     gpt-lab     stream   leak  leak  held  leak  leak  leak  held
    messages     claude-lab  plain    leak  -     held  leak  leak  -     held
    messages     claude-lab  stream   leak  leak  held  leak  leak  leak  held
    responses    gpt-lab     plain    leak  -     held  leak  leak  -     held
    responses    gpt-lab     stream   leak  leak  held  leak  leak  leak  held
    responses    claude-lab  plain    leak  -     held  leak  leak  -     held
    responses    claude-lab  stream   leak  leak  held  leak  leak  leak  held
    completions  gpt-lab     plain    ok    -     slow  ok    ok    -     slow
    completions  gpt-lab     stream   ok    ok    slow  leak  leak  ok    held
    completions  claude-lab  plain    ok    -     slow  ok    ok    -     slow
    completions  claude-lab  stream   ok    ok    slow  ok    ok    ok    slow`,
  // Cut streams leak, some always and some by chance; so do streams of completions that an OpenAI model fails. messages streams that their client
  // leaves give back twice, and so do translated streams of messages and responses that the provider fails: the counter went to -7 in 7 calls.
  "1.91.5": `
    chat         gpt-lab     plain    ok    -     slow  ok    ok    -     slow
    chat         gpt-lab     stream   ok    ok    slow  ok    ok    race  slow
    chat         claude-lab  plain    ok    -     slow  ok    ok    -     slow
    chat         claude-lab  stream   ok    ok    slow  ok    ok    ok    slow
    messages     gpt-lab     plain    ok    -     slow  ok    ok    -     held
    messages     gpt-lab     stream   ok    ok    slow  more  more  leak  held
    messages     claude-lab  plain    ok    -     slow  ok    ok    -     slow
    messages     claude-lab  stream   ok    over  slow  ok    ok    ok    slow
    responses    gpt-lab     plain    ok    -     slow  ok    ok    -     held
    responses    gpt-lab     stream   ok    ok    slow  ok    ok    leak  held
    responses    claude-lab  plain    ok    -     slow  ok    ok    -     held
    responses    claude-lab  stream   ok    ok    slow  more  more  race  held
    completions  gpt-lab     plain    ok    -     slow  ok    ok    -     slow
    completions  gpt-lab     stream   ok    ok    ok    leak  leak  ok    ok
    completions  claude-lab  plain    ok    -     slow  ok    ok    -     slow
    completions  claude-lab  stream   ok    ok    slow  ok    ok    race  slow`,
  // responses of another provider's model never give back; messages and responses hold for 600 s what the proxy's timeout should end.
  "1.95.0": `
    chat         gpt-lab     plain    ok    -     slow  ok    ok    -     slow
    chat         gpt-lab     stream   ok    ok    slow  ok    ok    ok    slow
    chat         claude-lab  plain    ok    -     slow  ok    ok    -     slow
    chat         claude-lab  stream   ok    ok    slow  ok    ok    ok    slow
    messages     gpt-lab     plain    ok    -     slow  ok    ok    -     held
    messages     gpt-lab     stream   ok    ok    slow  ok    ok    ok    held
    messages     claude-lab  plain    ok    -     slow  ok    ok    -     held
    messages     claude-lab  stream   ok    ok    slow  ok    ok    ok    held
    responses    gpt-lab     plain    ok    -     slow  ok    ok    -     held
    responses    gpt-lab     stream   ok    ok    slow  ok    ok    ok    held
    responses    claude-lab  plain    leak  -     held  ok    ok    -     held
    responses    claude-lab  stream   leak  ok    slow  ok    ok    ok    held
    completions  gpt-lab     plain    ok    -     slow  ok    ok    -     slow
    completions  gpt-lab     stream   ok    ok    ok    ok    ok    ok    ok
    completions  claude-lab  plain    ok    -     slow  ok    ok    -     slow
    completions  claude-lab  stream   ok    ok    slow  ok    ok    ok    slow`,
  // No leak is known while the process lives.
  "1.109.1": `
    chat         gpt-lab     plain    ok    -     slow  ok    ok    -     slow
    chat         gpt-lab     stream   ok    ok    slow  ok    ok    ok    slow
    chat         claude-lab  plain    ok    -     slow  ok    ok    -     slow
    chat         claude-lab  stream   ok    ok    slow  ok    ok    ok    slow
    messages     gpt-lab     plain    ok    -     slow  ok    ok    -     slow
    messages     gpt-lab     stream   ok    ok    slow  ok    ok    ok    slow
    messages     claude-lab  plain    ok    -     slow  ok    ok    -     slow
    messages     claude-lab  stream   ok    ok    slow  ok    ok    ok    slow
    responses    gpt-lab     plain    ok    -     slow  ok    ok    -     slow
    responses    gpt-lab     stream   ok    ok    slow  ok    ok    ok    slow
    responses    claude-lab  plain    ok    -     slow  ok    ok    -     slow
    responses    claude-lab  stream   ok    ok    slow  ok    ok    ok    slow
    completions  gpt-lab     plain    ok    -     slow  ok    ok    -     slow
    completions  gpt-lab     stream   ok    ok    ok    ok    ok    ok    ok
    completions  claude-lab  plain    ok    -     slow  ok    ok    -     slow
    completions  claude-lab  stream   ok    ok    slow  ok    ok    ok    slow`,
};

export const RELEASES = Object.keys(TABLES) as Release[];
export const MODELS = ["gpt-lab", "claude-lab"] as const;
/** Seconds after which the proxy under test gives up on a provider. */
export const PROXY_TIMEOUT_S = 6;
/** Seconds that a cell waits for slots to come back. */
export const SETTLE_S = 16;

const PATHS: Record<string, string> = {
  chat: "/v1/chat/completions",
  messages: "/v1/messages",
  responses: "/v1/responses",
  completions: "/v1/completions",
};

/** Every cell of a release, row by row. Throws for a release whose matrix was not measured. */
export function expectedOf(version: Release): Expected[] {
  const table = TABLES[version];
  if (table === undefined) throw new Error(`the matrix of ${version} was not measured`);
  const rows = table.trim().split("\n");
  return rows.flatMap((row) => {
    const [name = "", model = "", mode = "", ...words] = row.trim().split(/\s+/);
    const endpoint = PATHS[name];
    if (endpoint === undefined || words.length !== ENDINGS.length) throw new Error(`no row of the matrix: ${row}`);
    return ENDINGS.flatMap((ending, at): Expected[] => {
      const word = words[at] as keyof typeof WORDS | "-";
      if (word === "-") return [];
      if (!(word in WORDS)) throw new Error(`no word of the matrix: ${word}`);
      return [{ endpoint, model, stream: mode === "stream", ending, outcomes: WORDS[word] }];
    });
  });
}
