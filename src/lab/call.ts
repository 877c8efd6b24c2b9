import type { ServerResponse } from "node:http";
import { refusals } from "./admin/refusals.js";
import type { KeyRow } from "./admin/row.js";
import type { Admitted, Attempt } from "./admission/index.js";
import { deploymentFull, noMaxTokens, unknownModel } from "./failure.js";
import { failureHeaders, serverHeaders, successHeaders } from "./headers.js";
import type { Lab } from "./lab.js";
import { providerFailure } from "./provider-failure.js";
import { refusal } from "./refusal.js";
import type { Ending, Provider, Route } from "./release.js";
import { type Reply, send } from "./reply.js";
import { brokenFrames } from "./routes/broken.js";
import { ROUTES } from "./routes/index.js";
import { frameText, type RequestBody } from "./routes/shape.js";
import { MODELS } from "./upstream/deployment.js";
import { type Run, UpstreamTimeout } from "./upstream/model.js";
import { readOrder } from "./upstream/order.js";
import { countedUsage, estimate, REPORTED, type Usage } from "./usage.js";
import type { Worker } from "./worker.js";

/** Seconds that the proxy waits for the provider, on chat and from 1.103 on; elsewhere ten minutes. */
const PATIENCE_MS = 120_000;
const LONG_PATIENCE_MS = 600_000;

/** One call of a guarded route, from its admission to what its end writes. */
export class Call {
  readonly #lab: Lab;
  readonly #worker: Worker;
  readonly #route: Route;
  readonly #key: KeyRow;
  readonly #body: RequestBody;
  readonly #res: ServerResponse;
  readonly #prompt: string;
  readonly #model: string;
  readonly #stream: boolean;
  #gone = false;

  constructor(lab: Lab, worker: Worker, route: Route, key: KeyRow, body: RequestBody, res: ServerResponse) {
    this.#lab = lab;
    this.#worker = worker;
    this.#route = route;
    this.#key = key;
    this.#body = body;
    this.#res = res;
    this.#prompt = ROUTES[route].prompt(body);
    this.#model = typeof body.model === "string" ? body.model : "None";
    this.#stream = body.stream === true;
    res.on("close", () => {
      this.#gone = !res.writableFinished;
    });
  }

  async serve(): Promise<void> {
    const { admission, release, now, windowS } = this.#lab;
    const { models } = this.#key;
    if (models.length > 0 && !models.includes(this.#model)) {
      return this.#send(refusals.notThisModel(release, models, this.#model));
    }
    await this.#lab.crashes?.before(this.#attempt());
    const life = this.#worker.life;
    const verdict = await admission.admit(this.#attempt());
    if (!verdict.admitted)
      return this.#fail(refusal(release, this.#route, this.#key.token, verdict.by, now(), windowS));
    const provider = MODELS.get(this.#model)?.provider;
    const settle = (ending: Ending, usage: Usage) => this.#settle(verdict, life, provider ?? "openai", ending, usage);
    if (provider === undefined) {
      await settle("unmade", REPORTED);
      return this.#fail(unknownModel(release, this.#route, this.#model));
    }
    if (this.#route === "messages" && provider === "anthropic" && ROUTES.messages.maxTokens(this.#body) === undefined) {
      await settle("unmade", REPORTED);
      return this.#fail(noMaxTokens(release));
    }
    const { doorway } = this.#lab;
    if (doorway.full(this.#model) && release.since(103)) {
      await settle("failed", REPORTED);
      return this.#fail(deploymentFull(release, this.#route, this.#model));
    }
    await doorway.enter(this.#model);
    const run = this.#lab.model.start(readOrder(this.#prompt));
    try {
      await this.#run(run, provider, verdict, settle);
    } finally {
      run.close();
      doorway.leave(this.#model);
    }
  }

  #attempt(): Attempt {
    const { release } = this.#lab;
    const { tpm_limit, max_parallel_requests, rpm_limit } = this.#key;
    const asked = ROUTES[this.#route].maxTokens(this.#body);
    // Up to 1.102 a responses call is taken for an embedding, which has no answer to count.
    const answerCounts = this.#route !== "responses" || release.since(103);
    return {
      worker: this.#worker,
      owner: this.#key.token,
      limits: { max_parallel_requests, rpm_limit, tpm_limit },
      route: this.#route,
      model: this.#model,
      estimate: estimate(ROUTES[this.#route].characters(this.#body), asked, tpm_limit ?? 0, answerCounts),
    };
  }

  async #run(
    run: Run,
    provider: Provider,
    { standings }: Admitted,
    settle: (ending: Ending, usage: Usage) => Promise<void>,
  ): Promise<void> {
    const { release } = this.#lab;
    const status = await this.#head(run);
    if (status !== 200) {
      run.close();
      await settle("failed", REPORTED);
      const call = { release, route: this.#route, provider, model: this.#model, stream: this.#stream };
      return this.#fail(providerFailure(call, status), true);
    }
    const shape = ROUTES[this.#route];
    const facts = { route: this.#route, stream: this.#stream, model: this.#model, key: this.#key, standings };
    const headers = successHeaders(release, facts);
    if (!this.#stream) {
      run.close();
      await settle(this.#gone ? "abandoned" : "completed", this.#answered());
      return this.#send({ status: 200, body: shape.whole(this.#model), headers });
    }
    if (this.#gone && !release.outlivesClient) return settle("abandoned", this.#usage(provider, 1, "abandoned"));
    const early = this.#gone;
    if (!early) {
      this.#res.writeHead(200, {
        ...serverHeaders(release),
        ...headers,
        "content-type": "text/event-stream; charset=utf-8",
      });
      this.#write(shape.start(this.#model));
    }
    const { ending, pieces } = await this.#pieces(run, early);
    run.close();
    await settle(ending, this.#usage(provider, pieces, ending));
    this.#write(ending === "cut" ? brokenFrames(release, this.#route, this.#model) : shape.end(this.#model));
    this.#res.end();
  }

  /** Passes the stream on. A client that leaves ends it, but in releases that let it run out. */
  async #pieces(run: Run, early: boolean): Promise<{ ending: Ending; pieces: number }> {
    const stream = run.pieces();
    let pieces = 0;
    for (;;) {
      const next = await stream.next();
      const left = this.#gone && !early;
      if (left && !this.#lab.release.outlivesClient) return { ending: "aborted", pieces };
      if (next.done === true)
        return { ending: next.value ? "cut" : left ? "aborted" : early ? "abandoned" : "completed", pieces };
      pieces++;
      this.#write(ROUTES[this.#route].piece(this.#model));
    }
  }

  async #head(run: Run): Promise<number> {
    const long = this.#route !== "chat" && !this.#lab.release.since(103);
    try {
      return await run.head(this.#lab.upstreamTimeoutMs ?? (long ? LONG_PATIENCE_MS : PATIENCE_MS));
    } catch (error) {
      if (error instanceof UpstreamTimeout) return 408;
      throw error;
    }
  }

  /** Up to 1.80 the usage of a plain completions call is not found. */
  #answered(): Usage {
    return this.#route === "completions" && !this.#lab.release.since(91) ? { input: 0, output: 0 } : REPORTED;
  }

  /** What the release counts: what the provider reported, or what it finds in a stream that did not end well or tells nothing. */
  #usage(provider: Provider, pieces: number, ending: Ending): Usage {
    const told = provider === "anthropic" && (this.#route !== "responses" || ending === "cut");
    if (ending !== "completed") return told ? { ...REPORTED, output: pieces + 1 } : countedUsage(this.#prompt, pieces);
    const counted = provider === "openai" && (this.#route === "chat" || this.#route === "completions");
    return counted ? countedUsage(this.#prompt, pieces) : REPORTED;
  }

  async #settle(admitted: Admitted, life: number, provider: Provider, ending: Ending, usage: Usage): Promise<void> {
    const acts = this.#lab.ends({ route: this.#route, provider, stream: this.#stream, ending });
    const finish = async () => {
      if (this.#worker.life === life) await admitted.finish(acts, usage);
    };
    if (this.#lab.lagMs === 0) return finish();
    this.#lab.later(finish);
  }

  #write(frames: readonly Parameters<typeof frameText>[0][]): void {
    if (!this.#gone && !this.#res.destroyed) this.#res.write(frames.map(frameText).join(""));
  }

  /** `begun`: the call had been passed on to the provider. */
  #fail(reply: Reply, begun = false): void {
    this.#send({
      ...reply,
      headers: {
        ...failureHeaders(this.#lab.release, this.#route, begun && this.#stream, this.#key),
        ...reply.headers,
      },
    });
  }

  #send(reply: Reply): void {
    send(this.#res, { ...reply, headers: { ...serverHeaders(this.#lab.release), ...reply.headers } });
  }
}
