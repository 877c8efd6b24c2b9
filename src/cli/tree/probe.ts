import type { Command } from "commander";
import type { Register } from "../register.js";

/** Adds `llmctl probe` to the program. */
export function addProbe(program: Command, register: Register): void {
  const probe = program
    .command("probe")
    .summary("send calls to an endpoint and judge its limiter")
    .description(
      "Sends calls with a key, one by one and at once, and judges whether its limit leaks, over-admits or holds.",
    )
    .argument("[endpoint]", "messages, responses, completions, or a path such as /v1/messages; chat when left out")
    .option("--key-file <file>", "file with the key under test, - for stdin")
    .option("--no-key", "the server asks for none: send none")
    .option("--temp-key", "make a key for this probe and delete it afterwards, with its counters in Redis")
    .option("--mpr <n>", "limit of the temporary key")
    .option("--rpm <n>", "requests a minute of the temporary key")
    .option("-n <count>", "all calls of the run, later looks aside; of a load at most so many")
    .option("-c <count>", "size of the burst")
    .option("--sequential", "only one after another, no burst")
    .option("--rounds <count>", "how often the plan is run", "1")
    .option("--rate <calls>", "many calls by a fixed schedule, in place of one by one: 20/s, 300/m (open loop)")
    .option("--callers <n>", "many calls by so many, each of whom waits for its answer first (closed loop)")
    .option("--for <time>", "how long --rate or --callers goes on (10s)")
    .option("--pause <time>", "how long a caller that was refused waits (250ms)")
    .option(
      "--through-window [time]",
      "twice the limit of callers through the end of the limiter's window (60s, or as LiteLLM's settings say)",
    )
    .option("--warm-up <what>", "before it, not measured: so many calls, or so long of a load (2s)")
    .option("--keep-alive", "reuse connections; without it each call has its own, which spreads calls over workers")
    .option("--stream", "ask for streams")
    .option("--abort-after <when>", "leave each call after so many content events (3) or so long (500ms)")
    .option("--model <name>", "the model to ask for; else the first that fits the endpoint")
    .option("--prompt <text>", "what to ask")
    .option("--max-tokens <count>", "longest answer", "16")
    .option("--limit <n>", "the key's limit, when nobody tells it")
    .option("--max-lag <time>", "a slot given back later than this is late", "2s")
    .option("--settle <time>", "how long to wait for slots to come back", "24s")
    .option(
      "--until-recovered <time>",
      "look until the room is back, for so long after the last call that was let in, in place of --settle",
    )
    .option("--bail <share>", "give up when more of the calls than this fail: 20%")
    .option("--max-time <time>", "longest run", "5m")
    .option("--connect-timeout <time>", "limit for connecting", "10s")
    .option("--first-byte-timeout <time>", "limit for the first byte of an answer", "60s")
    .option("--call-timeout <time>", "limit for a whole call", "2m")
    .option("--shared", "others use the key at the same time")
    .option("--exclusive", "nobody else uses the key")
    .option("--matrix", "every endpoint, plain and streamed, with every ending, as one table")
    .option("--only <cells>", "of the matrix: messages, stream/cut, chat/plain/completed, separated by commas")
    .option("--skip <cells>", "leave these cells of the matrix out")
    .option("--jobs <count>", "cells of the matrix that run at once, each with a temporary key", "1")
    .option("--scripted", "the model follows orders such as status=500 in the prompt, as those of `llmctl lab` do");
  register(probe, async () => (await import("../../probe/command.js")).probe);
}
