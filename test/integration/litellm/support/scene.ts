import { afterAll, beforeAll } from "vitest";
import { type Operator, startOperator } from "./operator.js";
import { type Proxy as LitellmProxy, type ProxyOptions, startProxy } from "./proxy.js";
import type { Release } from "./releases.js";

/** A real proxy, with its database if nothing else was asked for, and its operator, there while the tests around it run. */
export interface Scene {
  readonly proxy: LitellmProxy;
  readonly operator: Operator;
}

/** To be called inside `describe`. The members may be read from the first test on. */
export function sceneOf(version: Release, options: Omit<ProxyOptions, "version"> = { database: true }): Scene {
  let proxy: LitellmProxy | undefined;
  let operator: Operator | undefined;
  beforeAll(async () => {
    proxy = await startProxy({ version, ...options });
    operator = await startOperator(proxy);
  }, 320_000);
  afterAll(async () => {
    await operator?.leave();
    await proxy?.stop();
  });
  return {
    get proxy() {
      return proxy as LitellmProxy;
    },
    get operator() {
      return operator as Operator;
    },
  };
}
