import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import type { RedisSettings } from "../config/settings.js";
import { errorCode, usageError } from "../errors.js";

/** TLS options of a connection. */
export type TlsOptions = Pick<ConnectionOptions, "ca" | "cert" | "key" | "rejectUnauthorized" | "checkServerIdentity">;

/** Reads the certificates that the settings name; undefined without TLS. Exit 2 when a file cannot be read. */
export async function readTls({ tls, trust = {} }: RedisSettings): Promise<TlsOptions | undefined> {
  if (!tls) return undefined;
  const [ca, cert, key] = await Promise.all([
    readPem(trust.caFile, "--redis-ca"),
    readPem(trust.certFile, "--redis-cert"),
    readPem(trust.keyFile, "--redis-key"),
  ]);
  return {
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(trust.verify === false ? { rejectUnauthorized: false } : {}),
    ...(trust.checkHostname === false ? { checkServerIdentity: () => undefined } : {}),
  };
}

async function readPem(path: string | undefined, flag: string): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (cause) {
    throw usageError({
      code: "unreadable-file",
      message: `the file ${path} for TLS to Redis cannot be read (${errorCode(cause)})`,
      hint: `name a PEM file that you can read: ${flag}`,
      cause,
    });
  }
}
