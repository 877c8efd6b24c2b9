/** A primary as it describes itself in CLUSTER NODES. */
export interface ClusterPrimary {
  readonly id: string;
  readonly host: string;
  readonly hostname: string;
  readonly port: number;
  /** Rises whenever the node takes over slots. */
  readonly epoch: number;
  readonly down: boolean;
  readonly slots: ReadonlySet<number>;
  /** The node to which the keys of a slot migrate, by slot. */
  readonly migrating: ReadonlyMap<number, string>;
  /** The node from which the keys of a slot are imported, by slot. */
  readonly importing: ReadonlyMap<number, string>;
}

/**
 * Parses the primaries in a reply of CLUSTER NODES, and which of them replied. Each node reports only its own migrating
 * slots.
 */
export function parseClusterNodes(reply: string): { myself: string | undefined; primaries: ClusterPrimary[] } {
  let myself: string | undefined;
  const primaries: ClusterPrimary[] = [];
  for (const line of reply.split("\n").filter((one) => one.trim() !== "")) {
    const [id = "", address = "", flagText = "", , , , epoch = "0", , ...slotWords] = line.trim().split(" ");
    const flags = flagText.split(",");
    if (flags.includes("myself")) myself = id;
    if (!flags.includes("master") || flags.includes("noaddr") || flags.includes("handshake")) continue;
    const [endpoint = "", hostname = ""] = address.split(",");
    const [, host = "", port = "0"] = /^(.*):(\d+)(?:@\d+)?$/.exec(endpoint) ?? [];
    primaries.push({
      id,
      host,
      hostname,
      port: Number(port),
      epoch: Number(epoch),
      down: flags.includes("fail"),
      ...readSlots(slotWords),
    });
  }
  return { myself, primaries };
}

function readSlots(words: readonly string[]) {
  const slots = new Set<number>();
  const migrating = new Map<number, string>();
  const importing = new Map<number, string>();
  for (const word of words) {
    const move = /^\[(\d+)-([<>])-(\w+)\]$/.exec(word);
    if (move) (move[2] === ">" ? migrating : importing).set(Number(move[1]), move[3] ?? "");
    const range = /^(\d+)(?:-(\d+))?$/.exec(word);
    if (range) for (let slot = Number(range[1]); slot <= Number(range[2] ?? range[1]); slot++) slots.add(slot);
  }
  return { slots, migrating, importing };
}

/** Primaries by node id. */
export type ClusterMap = ReadonlyMap<string, ClusterPrimary>;

/**
 * Which nodes may hold keys that a scan of `scanned` between two maps has missed: a key that left a node before the
 * scan reached it, and arrived at another node after the scan had passed there. Those nodes must be scanned again from
 * the beginning.
 */
export function nodesToScanAgain(before: ClusterMap, after: ClusterMap, scanned: ReadonlySet<string>): Set<string> {
  const again = new Set<string>();
  const moved = (from: string | undefined, to: string) => {
    if (from !== undefined && from !== to && scanned.has(from)) again.add(to);
  };
  const ownerBefore = new Map([...before.values()].flatMap((node) => [...node.slots].map((slot) => [slot, node.id])));
  for (const node of [...before.values(), ...after.values()]) {
    for (const from of node.importing.values()) moved(from, node.id);
    for (const to of node.migrating.values()) moved(node.id, to);
  }
  for (const node of after.values()) {
    let gained = false;
    for (const slot of node.slots) {
      const from = ownerBefore.get(slot);
      if (from !== node.id) gained = true;
      moved(from, node.id);
    }
    // A slot that left and came back leaves no other trace.
    const then = before.get(node.id);
    if (then && node.epoch > then.epoch && !gained) again.add(node.id);
  }
  return again;
}
