import type { DumpDocument } from "../output/documents/dump.js";
import type { RedisConnection } from "../redis/connect.js";
import { readServer } from "./server.js";
import { type RowSources, readRows } from "./stream-rows.js";
import { TopRows } from "./top-rows.js";

/** A document lists at most this many keys; ndjson and csv list all. */
export const MOST_LISTED = 10_000;

/** Creates the document from the rows that were kept. */
export const createDumpDocument = (
  server: DumpDocument["redis"],
  { around }: RowSources,
  ledger: TopRows,
  more = false,
): DumpDocument => ({
  schema: "llmctl.dump/1",
  redis: server,
  proxy: around.proxy && { baseUrl: around.proxy.baseUrl, version: around.proxy.version },
  keys: ledger.rows(),
  truncated: more || ledger.truncated,
  total: ledger.total,
  states: ledger.states,
});

/** Reads all selected keys into one document. */
export async function readDocument(redis: RedisConnection, sources: RowSources): Promise<DumpDocument> {
  const server = await readServer(redis);
  const ledger = new TopRows(MOST_LISTED);
  for await (const batch of readRows(redis, sources)) ledger.add(batch);
  return createDumpDocument(server, sources, ledger);
}
