import type { ServerResponse } from "node:http";
import type { KeyRow } from "./admin/row.js";
import { failureHeaders, serverHeaders } from "./answers/headers.js";
import { type Reply, send } from "./answers/reply.js";
import type { Lab } from "./lab.js";
import type { Route } from "./release.js";
import { ROUTES } from "./routes/index.js";
import { type Frame, frameText, type RequestBody } from "./routes/shape.js";
import type { Worker } from "./worker.js";

/** The parts of a call request. */
export interface CallRequest {
  readonly lab: Lab;
  readonly worker: Worker;
  readonly route: Route;
  readonly key: KeyRow;
  readonly body: RequestBody;
}

/** One call of a guarded route: the request, and the way back to the client while it is connected. */
export class Call {
  readonly lab: Lab;
  readonly worker: Worker;
  readonly route: Route;
  readonly key: KeyRow;
  readonly body: RequestBody;
  /** The text of the last user message, which instructs the model. */
  readonly prompt: string;
  readonly model: string;
  readonly stream: boolean;
  /** Resolves when the client leaves before the answer is complete. */
  readonly left: Promise<void>;
  readonly #res: ServerResponse;
  #gone = false;

  constructor({ lab, worker, route, key, body }: CallRequest, res: ServerResponse) {
    this.lab = lab;
    this.worker = worker;
    this.route = route;
    this.key = key;
    this.body = body;
    this.prompt = ROUTES[route].prompt(body);
    this.model = typeof body.model === "string" ? body.model : "None";
    this.stream = body.stream === true;
    this.#res = res;
    this.left = new Promise((resolve) => {
      res.on("close", () => {
        if (res.writableFinished) return;
        this.#gone = true;
        resolve();
      });
    });
  }

  get gone(): boolean {
    return this.#gone;
  }

  begin(headers: Readonly<Record<string, string>>): void {
    const all = { ...serverHeaders(this.lab.release), ...headers, "content-type": "text/event-stream; charset=utf-8" };
    if (!this.#gone) this.#res.writeHead(200, all);
  }

  write(frames: readonly Frame[]): void {
    if (!this.#gone && !this.#res.destroyed) this.#res.write(frames.map(frameText).join(""));
  }

  end(): void {
    this.#res.end();
  }

  answer(reply: Reply): void {
    send(this.#res, { ...reply, headers: { ...serverHeaders(this.lab.release), ...reply.headers } });
  }

  /** Sends a rejection or a failure. `begun`: the call had reached the provider. */
  fail(reply: Reply, begun = false): void {
    const headers = failureHeaders(this.lab.release, this.route, begun && this.stream, this.key);
    this.answer({ ...reply, headers: { ...headers, ...reply.headers } });
  }
}
