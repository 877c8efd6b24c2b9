import { Client } from "undici";
import type { RunningLab } from "../../src/lab/proxy.js";

type Route = "chat" | "messages" | "responses";

interface CallOptions {
  words?: string;
  stream?: boolean;
  model?: string;
  /** Leaves after the first bytes of the answer. */
  leave?: boolean;
}

const PATHS = { chat: "/v1/chat/completions", messages: "/v1/messages", responses: "/v1/responses" };

/** One connection to a lab, and so one of its workers. Calls on it go one after another. */
export class Connection {
  readonly #client: Client;
  readonly #key: string;

  constructor(lab: RunningLab, key = lab.key) {
    this.#client = new Client(lab.baseUrl);
    this.#key = key;
  }

  /** The status of one call. */
  async call(route: Route, { words = "", stream = false, model, leave = false }: CallOptions = {}): Promise<number> {
    const content = `please answer ${words}`;
    const said = route === "responses" ? { input: content } : { max_tokens: 16, messages: [{ role: "user", content }] };
    const { statusCode, body } = await this.#client.request({
      method: "POST",
      path: PATHS[route],
      headers: { authorization: `Bearer ${this.#key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: model ?? (route === "messages" ? "claude-lab" : "gpt-lab"), stream, ...said }),
    });
    if (!leave) await body.text();
    else {
      await body[Symbol.asyncIterator]().next();
      body.on("error", () => undefined).destroy();
    }
    return statusCode;
  }

  /** The statuses of as many calls one after another. */
  async calls(count: number, route: Route, options?: CallOptions): Promise<number[]> {
    const found: number[] = [];
    for (let i = 0; i < count; i++) found.push(await this.call(route, options));
    return found;
  }

  close(): Promise<void> {
    return this.#client.destroy();
  }
}
