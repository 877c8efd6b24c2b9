/** What a client knows of a name from replies: proof, when it is shown to a server that has lost data since. */
export interface Seen {
  /** Empty when there is nothing that is younger than the largest ttl. */
  readonly epoch: string;
  /** Largest sequence number seen; a new one is never below it. */
  readonly seq: number;
  /** Largest ttl known to be in force, ms. */
  readonly ttlMs: number;
}

export interface AcquireCall {
  readonly ids: readonly string[];
  readonly limit: number;
  readonly ttlMs: number;
  readonly seen: Seen;
  readonly process: string;
  /** The first `waiting` ids wait when they are refused: the process joins the queue. */
  readonly waiting: number;
  /** How long its place in the queue counts without a further call, ms. */
  readonly patienceMs: number;
}

export interface RenewCall {
  readonly leases: readonly { readonly id: string; readonly deadline: number }[];
  readonly ttlMs: number;
  readonly seen: Seen;
  readonly process: string;
}

export interface ReleaseCall {
  readonly ids: readonly string[];
  readonly process: string;
  /** No caller of this process waits any longer. */
  readonly leave: boolean;
  /** The first `renewed` ids have been renewed, so a renewal of them may arrive after this release. Default 0. */
  readonly renewed?: number;
  /** The ttl of the leases, ms; needed with `renewed`. */
  readonly ttlMs?: number;
}

/** What a writer found. Times are ms of the server's clock. */
export interface Reply {
  readonly now: number;
  /** Empty when the name holds nothing and has no history. */
  readonly epoch: string;
  readonly seq: number;
  readonly held: number;
  /** Nothing is admitted before this time; 0 or past: open. */
  readonly recover: number;
  readonly ttlMs: number;
  /** Leases found past their deadline and removed. */
  readonly pruned: number;
  /** Whether this very call found that the server had lost data. */
  readonly lost: boolean;
  /** Renewals: leases put back that the server had lost. */
  readonly restored: number;
  /** Refusals: when the first slot frees by itself; 0 when nothing was refused. */
  readonly nearest: number;
  /** Empty when every id was granted, else one `1` or `0` an id. */
  readonly mask: string;
}

export interface View {
  readonly now: number;
  readonly epoch: string;
  readonly seq: number;
  readonly held: number;
  readonly recover: number;
  readonly ttlMs: number;
  readonly limit: number;
  /** Deadline of the lease that ends first; 0 when there is none. */
  readonly oldest: number;
  /** The first 1,000 leases, when asked for. */
  readonly leases: readonly { readonly id: string; readonly deadline: number }[];
}

/**
 * Where leases live. Every method is one atomic step; calls of one name run in the order in which they were made. A failure is a
 * {@link StoreError}.
 */
export interface Store {
  /** Replies come from another process, which can work while this one does. */
  readonly remote?: boolean;
  acquire(name: string, call: AcquireCall): Promise<Reply>;
  /** All names or none, in one atomic step; undefined where that is impossible for these names. */
  acquireAll(calls: ReadonlyMap<string, AcquireCall>): Promise<Reply[]> | undefined;
  renew(name: string, call: RenewCall): Promise<Reply>;
  /** Resolves to how many of the ids were there. */
  release(name: string, call: ReleaseCall): Promise<{ now: number; removed: number }>;
  /** Reads one name; `list`: with its leases. */
  peek(name: string, list: boolean): Promise<View>;
  /** Calls `wake` when a slot of `name` may be free for `process`, and once when it is listening. The result ends it. */
  listen(name: string, process: string, wake: () => void): () => void;
  /** What shares one fate when the server is away: names with the same answer share a breaker. */
  domain(name: string): string;
  /** A limiter begins to use the store. The result ends that; the last one to end closes the store's connections. */
  attach(listener: StoreListener): () => Promise<void>;
}

/** Hears of things that go wrong outside a call, and of scripts that had to be sent again. */
export interface StoreListener {
  warning(message: string): void;
  reload(name: string): void;
}

/** The process that a lease id belongs to. */
export const processOf = (id: string): string => id.slice(0, id.lastIndexOf("."));

/** A call to the store failed. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  constructor(
    /** `unknown`: it may have run all the same · `failed`: the server said no · `unsent`: there was no connection to send it on. */
    readonly outcome: "unknown" | "failed" | "unsent",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get unknown(): boolean {
    return this.outcome === "unknown";
  }
}
