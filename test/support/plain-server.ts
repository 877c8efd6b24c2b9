import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { ROUTES, routeOf } from "../../src/lab/routes/index.js";
import { type Frame, frameText } from "../../src/lab/routes/shape.js";
import { type Answerer, type Gateway, json, startGateway } from "./gateway-stub.js";

export const KEY = "sk-under-test-0123456789";

type Refuse = (response: ServerResponse) => void;

/** A server with the paths of OpenAI and Anthropic and nothing of LiteLLM. */
export interface PlainOptions {
  /** How many calls run at once; without it any number. */
  readonly limit?: number;
  readonly refuse?: Refuse;
  /** Every so many-th call that is let through never gives its place back. */
  readonly leakEvery?: number;
  /** Every so many-th call is refused though there is room. */
  readonly wrongEvery?: number;
  /** Pieces of a stream, 20 ms apart; a whole answer takes as long. 10 when left out, so that the calls of a burst meet on a busy machine too. */
  readonly pieces?: number;
  /** What /v1/models says; without it there is none. */
  readonly models?: Answerer;
  /** Every path but the four of models. */
  readonly other?: Answerer;
}

export interface Plain extends Gateway {
  /** The most calls that it worked on at once. */
  most(): number;
}

export const saying =
  (status: number, message: string, headers: Record<string, string> = {}): Refuse =>
  (response) =>
    json(response, status, { error: { message, type: "rate_limit_error" } }, headers);

/** As nginx says it. */
export const page =
  (status: number, title: string): Refuse =>
  (response) =>
    void response
      .writeHead(status, { "content-type": "text/html", server: "nginx" })
      .end(
        `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
      );

const text = (frames: readonly Frame[]): string => frames.map(frameText).join("");

export async function startPlain(options: PlainOptions = {}): Promise<Plain> {
  const { limit = Number.POSITIVE_INFINITY, refuse = saying(429, "Too many requests"), pieces = 10 } = options;
  const { leakEvery = 0, wrongEvery = 0, other = page(404, "404 Not Found") } = options;
  let [held, running, most, seen, through] = [0, 0, 0, 0, 0];
  const every = (count: number, n: number) => count > 0 && n % count === 0;
  const gateway = await startGateway(async (response, request) => {
    if (request.path === "/v1/models" && options.models) return options.models(response, request);
    const name = routeOf(request.path);
    if (!name) return other(response, request);
    const route = ROUTES[name];
    if (held >= limit || every(wrongEvery, ++seen)) return refuse(response);
    held++;
    most = Math.max(most, ++running);
    const leaks = every(leakEvery, ++through);
    const { model, stream } = request.body;
    if (stream) response.writeHead(200, { "content-type": "text/event-stream" }).write(text(route.start(model)));
    for (let at = 0; at < pieces && !response.destroyed; at++) {
      if (stream) response.write(text(route.piece(model)));
      await sleep(20);
    }
    running--;
    if (!leaks) held--;
    if (stream) response.end(text(route.end(model)));
    else json(response, 200, route.whole(model));
  });
  return { ...gateway, most: () => most };
}
