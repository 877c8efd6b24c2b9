// The HTTP client of the probe alone: the floor for any probe built on it. See bench/probe.ts. Prints one line of JSON.
import { Client, type Dispatcher } from "undici";

const [origin = "", path = "", callers = "1", seconds = "1", warmSeconds = "0", body = ""] = process.argv.slice(2);
const headers = ["authorization", "Bearer sk-bench", "content-type", "application/json"];
const request: Dispatcher.DispatchOptions = { path, method: "POST", headers, body: Buffer.from(body) };
const from = performance.now() + Number(warmSeconds) * 1000;
const until = from + Number(seconds) * 1000;
let calls = 0;
let all = 0;

/** As in src/llm/connection.ts: one call at a time on each connection. */
function caller(): Promise<void> {
  const client = new Client(origin, { headersTimeout: 0, bodyTimeout: 0, pipelining: 2 });
  return new Promise((resolve, reject) => {
    const next = () => {
      all++;
      const now = performance.now();
      if (now >= from) calls++;
      if (now < until) client.dispatch(request, handler);
      else client.destroy().then(resolve, reject);
    };
    const handler: Dispatcher.DispatchHandler = {
      onConnect: () => {},
      onHeaders: () => true,
      onData: () => true,
      onComplete: () => queueMicrotask(next),
      onError: reject,
    };
    client.dispatch(request, handler);
  });
}

await Promise.all(Array.from({ length: Number(callers) }, caller));
console.log(JSON.stringify({ calls, seconds: (performance.now() - from) / 1000, all }));
