import type { LimitStatus } from "../admission/index.js";
import type { Call } from "../call.js";
import type { Ending, Provider } from "../release.js";
import { brokenFrames } from "../routes/broken.js";
import { ROUTES } from "../routes/index.js";
import { type Run, UpstreamTimeout } from "../upstream/model.js";
import { successHeaders } from "./headers.js";
import { providerFailure } from "./provider-failure.js";
import { countedUsage, REPORTED, type Usage } from "./usage.js";

/** Writes to Redis what the end of a call writes. */
export type Settle = (ending: Ending, usage: Usage) => Promise<void>;

/**
 * How long the proxy waits for the provider, in milliseconds, on chat, and from 1.103 on everywhere; otherwise the
 * longer time.
 */
const PATIENCE_MS = 120_000;
const LONG_PATIENCE_MS = 600_000;

/**
 * Waits for the model and passes its answer on. A client that leaves before the first byte is noticed only with that
 * byte.
 */
export async function streamAnswer(
  call: Call,
  run: Run,
  provider: Provider,
  statuses: readonly LimitStatus[],
  settle: Settle,
): Promise<void> {
  const { lab, route, model, stream, key } = call;
  const status = await head(call, run);
  if (status !== 200) {
    run.close();
    await settle("failed", REPORTED);
    return call.fail(providerFailure({ release: lab.release, route, provider, model, stream }, status), true);
  }
  const headers = successHeaders(lab.release, { route, stream, model, key, statuses });
  if (stream) return passOn(call, run, provider, headers, settle);
  run.close();
  await settle(call.gone ? "abandoned" : "completed", answered(call));
  call.answer({ status: 200, body: ROUTES[route].whole(model), headers });
}

async function passOn(
  call: Call,
  run: Run,
  provider: Provider,
  headers: Readonly<Record<string, string>>,
  settle: Settle,
): Promise<void> {
  const { lab, route, model } = call;
  const shape = ROUTES[route];
  const abandoned = call.gone;
  if (abandoned && !lab.release.outlivesClient) return settle("abandoned", seen(call, provider, 1, "abandoned"));
  call.begin(headers);
  call.write(shape.start(model));
  const { broke, pieces } = await passPieces(call, run);
  const left = abandoned ? "abandoned" : "aborted";
  const ending = broke ? "cut" : call.gone ? left : "completed";
  run.close();
  await settle(ending, seen(call, provider, pieces, ending));
  call.write(broke ? brokenFrames(lab.release, route, model) : shape.end(model));
  call.end();
}

/** A client that leaves ends the stream at once, except in releases that let it finish. */
async function passPieces(call: Call, run: Run): Promise<{ broke: boolean; pieces: number }> {
  const { lab, route, model, left } = call;
  const stream = run.pieces();
  for (let pieces = 0; ; pieces++) {
    const next = lab.release.outlivesClient ? await stream.next() : await Promise.race([stream.next(), left]);
    if (!next) return { broke: false, pieces };
    if (next.done) return { broke: next.value, pieces };
    call.write(ROUTES[route].piece(model));
  }
}

async function head({ lab, route }: Call, run: Run): Promise<number> {
  const long = route !== "chat" && !lab.release.since(103);
  try {
    return await run.head(lab.upstreamTimeoutMs ?? (long ? LONG_PATIENCE_MS : PATIENCE_MS));
  } catch (error) {
    if (error instanceof UpstreamTimeout) return 408;
    throw error;
  }
}

/** Up to 1.80 the usage of a plain completions call is not found. */
const answered = ({ lab, route }: Call): Usage =>
  route === "completions" && !lab.release.since(91) ? { input: 0, output: 0 } : REPORTED;

/** The usage that the release counts for a stream: what the provider reported, or its own count without a report. */
function seen({ route, prompt }: Call, provider: Provider, pieces: number, ending: Ending): Usage {
  const reported = provider === "anthropic" && (route !== "responses" || ending === "cut");
  if (ending !== "completed") return reported ? { ...REPORTED, output: pieces + 1 } : countedUsage(prompt, pieces);
  return provider === "openai" && (route === "chat" || route === "completions")
    ? countedUsage(prompt, pieces)
    : REPORTED;
}
