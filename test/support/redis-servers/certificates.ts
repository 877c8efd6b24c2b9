import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Certificates {
  /** Of the authority that signed both. */
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

/** Makes an authority, a server certificate for localhost and 127.0.0.1, and a client certificate, all in `dir`, good for a day. */
export function makeCertificates(dir: string): Certificates {
  const at = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  const newKey = (name: string) => ["-newkey", "rsa:2048", "-nodes", "-keyout", at(`${name}.key`)];
  openssl("req", "-x509", ...newKey("ca"), "-out", at("ca.crt"), "-days", "1", "-subj", "/CN=test authority");
  const sign = (name: string, extensions: string) => {
    openssl("req", ...newKey(name), "-out", at(`${name}.csr`), "-subj", `/CN=${name}`);
    writeFileSync(at(`${name}.ext`), extensions);
    const by = ["-CA", at("ca.crt"), "-CAkey", at("ca.key"), "-CAcreateserial", "-extfile", at(`${name}.ext`)];
    openssl("x509", "-req", "-in", at(`${name}.csr`), ...by, "-days", "1", "-out", at(`${name}.crt`));
    return { cert: at(`${name}.crt`), key: at(`${name}.key`) };
  };
  return {
    ca: at("ca.crt"),
    server: sign("server", "subjectAltName=DNS:localhost,IP:127.0.0.1\n"),
    client: sign("client", "extendedKeyUsage=clientAuth\n"),
  };
}
