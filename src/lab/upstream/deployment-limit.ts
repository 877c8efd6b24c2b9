import type { Provider } from "../release.js";

/** A model of the lab: its provider, and how many concurrent calls the router admits to it. */
export interface Deployment {
  readonly provider: Provider;
  /** The provider's name of the model. */
  readonly model: string;
  /** The router's own max_parallel_requests, kept in its memory and never in Redis. */
  readonly atOnce?: number;
}

/** The models by their names on the proxy. */
export const MODELS: ReadonlyMap<string, Deployment> = new Map<string, Deployment>([
  ["gpt-lab", { provider: "openai", model: "gpt-lab" }],
  ["claude-lab", { provider: "anthropic", model: "claude-lab" }],
  ["narrow-lab", { provider: "openai", model: "gpt-lab", atOnce: 1 }],
]);

/** Limits the concurrent calls of a deployment. */
export class DeploymentLimit {
  readonly #inside = new Map<string, number>();
  readonly #waiting: { readonly name: string; readonly enter: () => void }[] = [];

  full(name: string): boolean {
    return (this.#inside.get(name) ?? 0) >= (MODELS.get(name)?.atOnce ?? Number.POSITIVE_INFINITY);
  }

  /** Resolves when there is room, in the order of arrival. */
  async enter(name: string): Promise<void> {
    if (this.full(name)) await new Promise<void>((enter) => this.#waiting.push({ name, enter }));
    this.#inside.set(name, (this.#inside.get(name) ?? 0) + 1);
  }

  leave(name: string): void {
    this.#inside.set(name, (this.#inside.get(name) ?? 1) - 1);
    const next = this.#waiting.findIndex((one) => one.name === name);
    if (next >= 0) this.#waiting.splice(next, 1)[0]?.enter();
  }
}
