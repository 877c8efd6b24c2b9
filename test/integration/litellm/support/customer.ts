import { setTimeout as sleep } from "node:timers/promises";
import { call, type Route } from "../contract/calls.js";
import { exchange } from "../contract/exchange.js";
import type { OwnedKey } from "./operator.js";
import type { Proxy as LitellmProxy } from "./proxy.js";

/** Sends one call and returns its HTTP status. */
export async function ask(
  proxy: LitellmProxy,
  { secret }: OwnedKey,
  route: Route,
  text = "hello",
  options: { stream?: boolean; model?: string } = {},
): Promise<number> {
  return (await exchange(proxy, route, call(secret, route, text, options))).response.status;
}

/** Somebody who goes on calling while the operator works. */
export interface Customer {
  /** HTTP statuses so far, oldest first. */
  readonly statuses: readonly number[];
  /** When the first 200 came, by `performance.now()`. */
  admittedAt(): number | undefined;
  /** Sends no more; resolves when the last answer is in. */
  leave(): Promise<void>;
}

interface Habit {
  proxy: LitellmProxy;
  key: OwnedKey;
  route: Route;
  /** What the provider is told. */
  text?: string;
  /** Milliseconds between an answer and the next call. */
  pause?: number;
  /** Calls at once. */
  lanes?: number;
  /** Stops by itself at the first 200. */
  untilAdmitted?: boolean;
}

export function startCustomer({ proxy, key, route, text, pause = 0, lanes = 1, untilAdmitted }: Habit): Customer {
  const statuses: number[] = [];
  const over = new AbortController();
  let admittedAt: number | undefined;
  const lane = async () => {
    while (!over.signal.aborted) {
      const status = await ask(proxy, key, route, text);
      statuses.push(status);
      if (status === 200) admittedAt ??= performance.now();
      if (status === 200 && untilAdmitted) return;
      await sleep(pause, undefined, { signal: over.signal }).catch(() => undefined);
    }
  };
  const done = Promise.all(Array.from({ length: lanes }, lane));
  return {
    statuses,
    admittedAt: () => admittedAt,
    async leave() {
      over.abort();
      await done;
    },
  };
}
