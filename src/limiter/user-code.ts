/**
 * Calls code that is not ours: listeners, metrics. What it throws, or rejects with, never reaches the limiter; it is reported once for each
 * place by `process.emitWarning`, for it is a mistake all the same.
 */
export class UserCode {
  readonly #reported = new Set<string>();

  call(place: string, fn: () => unknown): void {
    try {
      const result = fn();
      if (result instanceof Promise) result.catch((error) => this.report(place, error));
    } catch (error) {
      this.report(place, error);
    }
  }

  report(place: string, error: unknown): void {
    if (this.#reported.has(place)) return;
    this.#reported.add(place);
    const message = error instanceof Error ? error.message : String(error);
    const detail = error instanceof Error ? { detail: error.stack ?? message } : {};
    process.emitWarning(`llmctl/limiter: ${place} threw: ${message} (reported once)`, {
      type: "LimiterWarning",
      ...detail,
    });
  }
}
