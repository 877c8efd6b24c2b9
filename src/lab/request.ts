import type { IncomingMessage } from "node:http";
import { isRecord } from "./routes/shape.js";

const LARGEST_BODY = 10_000_000;

/** A parsed request. The body is undefined when it is not a JSON object, and empty when there was none. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** Reads and parses a request. */
export async function readRequest(req: IncomingMessage): Promise<Asked> {
  const { pathname: path, searchParams: query } = new URL(req.url ?? "/", "http://lab");
  const body = parse(await bodyOf(req));
  return { method: req.method ?? "GET", path, query, ...(body ? { body } : {}) };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of req) {
    size += (part as Buffer).length;
    if (size > LARGEST_BODY) throw new Error("the body is too large");
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString("utf8");
}
