/** One call, or what is done between calls. */
export type Step =
  | { readonly call: string; readonly words?: string; readonly stream?: true; readonly leave?: true }
  /** Starts calls that run on; they are waited for by `land`. */
  | { readonly hold: readonly string[]; readonly ms: number }
  | { readonly land: true }
  | { readonly pause: number };

export interface Scene {
  readonly name: string;
  readonly steps: readonly Step[];
  /** The tokens of a call whose end is a matter of milliseconds are not compared. */
  readonly tokensByChance?: true;
}

const plain = (...calls: string[]): Step[] => calls.map((call) => ({ call }));

/** Played with a key of its own each, limit 2. `messages>gpt` is the route served by the other provider's model. */
export const SCENES: readonly Scene[] = [
  { name: "chat, then every route", steps: plain("chat", "messages", "responses", "chat", "chat") },
  {
    name: "messages until the limit, and calls after it",
    steps: plain(
      "messages",
      "messages",
      "messages",
      "messages",
      "chat",
      "messages",
      "responses",
      "chat",
      "chat",
      "messages",
    ),
  },
  { name: "responses until the limit", steps: plain("responses", "responses", "responses", "chat", "responses") },
  {
    name: "streams",
    steps: (["chat", "messages", "responses", "chat"] as const).map((call) => ({ call, stream: true as const })),
  },
  {
    name: "completions",
    steps: [...plain("completions", "completions"), { call: "completions", stream: true }, ...plain("chat")],
  },
  {
    name: "calls held open, and others refused meanwhile",
    steps: [
      { hold: ["chat", "chat"], ms: 4000 },
      ...plain("chat", "messages", "responses", "chat", "chat"),
      { land: true },
      ...plain("chat", "messages"),
    ],
  },
  {
    name: "the provider fails",
    steps: ["chat", "messages", "chat", "responses"].map((call) => ({ call, words: "status=500" })),
  },
  { name: "a model that is not there", steps: plain("chat>none", "messages>none", "chat", "responses>none") },
  {
    name: "the provider breaks off",
    steps: (["chat", "messages", "responses"] as const).map((call) => ({ call, words: "cut", stream: true as const })),
    tokensByChance: true,
  },
  {
    name: "models of the other provider",
    steps: plain("chat>claude", "messages>gpt", "responses>claude", "responses>claude", "chat"),
  },
  {
    name: "the client leaves a chat stream",
    steps: [
      { call: "chat", words: "chunks=20 gap=100", stream: true, leave: true },
      { pause: 2500 },
      ...plain("chat", "messages"),
    ],
    tokensByChance: true,
  },
  {
    name: "the client leaves a messages stream",
    steps: [
      { call: "messages", words: "chunks=20 gap=100", stream: true, leave: true },
      { pause: 2500 },
      ...plain("chat", "messages"),
    ],
    tokensByChance: true,
  },
];

/** Played where Redis keys have a namespace, which some releases forget on some of their ways. */
export const NAMESPACE_SCENES: readonly Scene[] = [
  { name: "every route", steps: plain("chat", "messages", "responses", "chat", "messages", "chat") },
  {
    name: "the provider fails until the key is locked",
    steps: ["chat", "chat", "chat", "messages", "chat"].map((call) => ({ call, words: "status=500" })),
  },
];

/** Played where a window is as long as `pause` is short. */
export const WINDOW_SCENES: readonly Scene[] = [
  {
    name: "a window ends after the key was locked",
    steps: [
      ...plain("messages", "messages", "messages", "messages"),
      { pause: 6500 },
      ...plain("messages", "messages", "chat", "messages"),
    ],
  },
  {
    name: "a window ends while calls run",
    steps: [
      ...plain("chat"),
      { hold: ["chat", "chat"], ms: 7000 },
      { pause: 6000 },
      ...plain("chat", "messages"),
      { land: true },
      ...plain("chat"),
    ],
  },
];

export const LIMITS = {
  "mpr only": { max_parallel_requests: 2 },
  "mpr and rpm": { max_parallel_requests: 2, rpm_limit: 1000 },
  "mpr and tpm": { max_parallel_requests: 2, tpm_limit: 100_000 },
} as const;
