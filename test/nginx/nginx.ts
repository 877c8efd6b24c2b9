import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../../src/lab/redis.js";

const LEASH = fileURLToPath(new URL("../integration/litellm/support/leash", import.meta.url));
/** `LLMCTL_NGINX` names another one. */
const PROGRAM = process.env.LLMCTL_NGINX ?? "/usr/sbin/nginx";

export interface Nginx {
  readonly url: string;
  stop(): Promise<void>;
}

/** An nginx with files of its own in front of a server. `http`: directives above the server, `location`: those in front of `/v1/`, which alone is passed on. */
export async function startNginx(
  upstream: string,
  { http = "", location }: { http?: string; location: string },
): Promise<Nginx> {
  const dir = await mkdtemp(join(tmpdir(), "llmctl-nginx-"));
  const port = await freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  await writeFile(
    join(dir, "nginx.conf"),
    `daemon off;
worker_processes 2;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log;
events { worker_connections 256; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${dir}/${name};`).join("\n  ")}
  ${http}
  server {
    listen 127.0.0.1:${port};
    location /v1/ {
      ${location}
      proxy_pass ${upstream};
      proxy_http_version 1.1;
      proxy_buffering off;
    }
  }
}
`,
  );
  // A group of its own, which the leash ends when the test run is gone in whatever way.
  const child = spawn(LEASH, [PROGRAM, "-p", dir, "-c", join(dir, "nginx.conf"), "-e", join(dir, "error.log")], {
    detached: true,
    stdio: ["pipe", "inherit", "inherit"],
  });
  const gone = once(child, "exit");
  await listening(child, port);
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill("SIGTERM");
      await gone;
      endGroup(child.pid as number);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, "127.0.0.1");
    const open = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await sleep(20);
  }
  throw new Error(`nginx ended with ${child.exitCode} before it listened`);
}
