import type { Proxy as LitellmProxy } from "../support/proxy.js";

/** Process ids of the workers that a proxy has started so far, those that have died included; oldest first. */
export async function workersOf(proxy: LitellmProxy): Promise<number[]> {
  return [...(await proxy.log()).matchAll(/Started server process \[(\d+)\]/g)].map(([, pid]) => Number(pid));
}

/** SIGKILL, as the kernel does it when memory runs out. */
export const kill = (worker: number): void => void process.kill(worker, "SIGKILL");
