import type { Command } from "commander";
import type { Register } from "../register.js";

/** Adds `llmctl probe` to the program. */
export function addProbe(program: Command, register: Register): void {
  const probe = program
    .command("probe")
    .summary("send calls to an endpoint and judge its limiter")
    .description(
      "Send calls with a key, one by one and at once, and judge whether its limit leaks, over-admits or holds.",
    )
    .argument("[endpoint]", "chat, messages, responses, completions, or a path such as /v1/messages (default chat)")
    .option("--key-file <file>", "file with the key under test, - for stdin")
    .option("--no-key", "send no key")
    .option("--temp-key", "create a key for this probe; afterwards delete it with its counters in Redis")
    .option("--mpr <n>", "max_parallel_requests of the temporary key")
    .option("--rpm <n>", "requests a minute of the temporary key")
    .option("-n <count>", "total calls, rechecks not counted; a cap for --rate/--callers")
    .option("-c <count>", "size of the burst")
    .option("--sequential", "send calls one after another, no burst")
    .option("--rounds <count>", "repeat the plan this often", "1")
    .option("--rate <calls>", "send at a fixed rate, e.g. 20/s or 300/m (open loop)")
    .option("--callers <n>", "n clients, each waiting for its answer (closed loop)")
    .option("--for <time>", "length of --rate or --callers (default 10s)")
    .option("--pause <time>", "time before a refused client calls again (default 250ms)")
    .option("--through-window [time]", "2 x limit clients across a window boundary (default 60s, or LiteLLM's setting)")
    .option("--warm-up <what>", "unmeasured warm-up: a count (3) or a time (2s)")
    .option("--keep-alive", "reuse connections; by default each call opens its own, which spreads calls over workers")
    .option("--stream", "request streams")
    .option("--abort-after <when>", "abort each call after a number of content events (3) or a time (500ms)")
    .option("--model <name>", "model name (default: the first that fits the endpoint)")
    .option("--prompt <text>", "prompt text")
    .option("--max-tokens <count>", "max_tokens of each call", "16")
    .option("--limit <n>", "the key's limit, if the server does not report it")
    .option("--max-lag <time>", "a slot released later than this is late", "2s")
    .option("--settle <time>", "wait this long for slots to come back", "24s")
    .option("--until-recovered <time>", "keep checking until slots are free again, at most this long")
    .option("--bail <share>", "stop when a larger share of the calls fails: 20%")
    .option("--max-time <time>", "stop after this long", "5m")
    .option("--connect-timeout <time>", "time limit for connecting", "10s")
    .option("--first-byte-timeout <time>", "time limit for the first byte of an answer", "60s")
    .option("--call-timeout <time>", "time limit for a whole call", "2m")
    .option("--shared", "other clients use the key too")
    .option("--exclusive", "no other client uses the key")
    .option("--matrix", "test every endpoint, plain and streamed, with every ending; print one table")
    .option("--only <cells>", "only these cells of the matrix: messages, stream/cut, chat/plain/completed")
    .option("--skip <cells>", "leave out these cells of the matrix")
    .option("--jobs <count>", "run this many cells of the matrix at once, each with a temporary key", "1")
    .option("--scripted", "the backend obeys status=500 etc. in the prompt (llmctl lab does)");
  register(probe, async () => (await import("../../probe/command.js")).probe);
}
