import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startRedis } from "../../../src/lab/redis.js";
import { type Certificates, makeCertificates } from "./certificates.js";

export interface TlsRedis {
  /** Takes only clients that show a certificate of the authority. */
  readonly port: number;
  /** The same server without TLS. */
  readonly plainPort: number;
  readonly certificates: Certificates;
  stop(): Promise<void>;
}

export async function startTlsRedis(): Promise<TlsRedis> {
  const dir = await mkdtemp(join(tmpdir(), "llmctl-tls-"));
  const certificates = makeCertificates(dir);
  const port = await freePort();
  const { ca, server } = certificates;
  const files = ["--tls-ca-cert-file", ca, "--tls-cert-file", server.cert, "--tls-key-file", server.key];
  const redis = await startRedis({ args: ["--tls-port", `${port}`, ...files, "--tls-auth-clients", "yes"] });
  return {
    port,
    plainPort: redis.port,
    certificates,
    async stop() {
      await redis.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
