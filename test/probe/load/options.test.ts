import { describe, expect, it } from "vitest";
import { announce } from "../../../src/probe/announce.js";
import { type ProbeFlags, parseProbeOptions } from "../../../src/probe/options.js";
import { maxCalls, planFor } from "../../../src/probe/plan.js";
import { Terminal } from "../../../src/terminal/terminal.js";
import { header } from "../../support/run-records.js";
import { FLAGS } from "../flags.js";

const options = (flags: Partial<ProbeFlags>) => parseProbeOptions({ ...FLAGS, ...flags });

describe("a load", () => {
  it.each([
    [{ rate: "20/s" }, { perS: 20, callers: null, forMs: 10_000, calls: 200, pauseMs: 250, warmUpMs: 0 }],
    [
      { rate: "300/m", for: "1m", warmUp: "2s" },
      { perS: 5, forMs: 60_000, calls: 310, warmUpMs: 2000 },
    ],
    [{ callers: "8" }, { perS: null, callers: 8, forMs: 10_000, calls: 1000, pauseMs: 250 }],
    [
      { callers: "8", n: "50", pause: "0s" },
      { callers: 8, calls: 50, pauseMs: 0 },
    ],
    [{ throughWindow: true as const }, { perS: null, callers: null, forMs: 70_000, pauseMs: 1000 }],
    [
      { throughWindow: "6s", pause: "100ms" },
      { forMs: 8000, pauseMs: 100 },
    ],
  ])("of %j is %j", (flags, load) => {
    expect(options(flags).load).toMatchObject(load);
  });

  it("goes on through the window in force, unless one is named", () => {
    const of = (throughWindow: string | true) =>
      parseProbeOptions({ ...FLAGS, maxTime: "10m", throughWindow }, 300_000);
    expect(of(true)).toMatchObject({ windowMs: 300_000, load: { forMs: 350_000 } });
    expect(of("6s")).toMatchObject({ windowMs: 6000 });
  });

  it("is none unless one is asked for", () => {
    expect(options({}).load).toBeNull();
    expect(options({ warmUp: "3" })).toMatchObject({ load: null, warmUp: 3 });
  });

  it.each([
    [{ rate: "20/s", callers: "3" }, /--rate and --callers can't be used together/],
    [{ rate: "20/s", throughWindow: true as const }, /--rate and --through-window can't be used together/],
    [{ rate: "fast" }, /--rate fast is not a rate/],
    [{ rate: "0" }, /--rate 0 is not a rate/],
    [{ for: "10s" }, /--for needs --rate or --callers/],
    [{ pause: "10s" }, /--pause needs --rate or --callers/],
    [{ rate: "5/s", pause: "1s" }, /nobody pauses/],
    [{ rate: "5/s", warmUp: "3" }, /--warm-up is a time/],
    [{ warmUp: "3s" }, /--warm-up 3s is not a whole number/],
    [{ rate: "5/s", rounds: "2" }, /--rounds asks for more/],
    [{ rate: "5/s", for: "5m" }, /do not fit into --max-time/],
    [{ bail: "150%" }, /--bail 150% is not a share/],
    [{ bail: "0" }, /--bail 0 is not a share/],
    [{ untilRecovered: "1s" }, /shorter than --max-lag/],
  ])("of %j is refused: %s", (flags, message) => {
    expect(() => options(flags)).toThrow(message);
  });

  it("is followed by a burst one larger than the limit, if the limit is known by then", () => {
    expect(planFor(options({ rate: "20/s" }), 5, false)).toEqual({ sequence: 0, burst: 6 });
    expect(planFor(options({ rate: "20/s" }), null, false)).toEqual({ sequence: 0, burst: 0 });
    expect(planFor(options({ rate: "20/s", c: "9" }), 5, true)).toEqual({ sequence: 0, burst: 9 });
    expect(planFor(options({ rate: "20/s", sequential: true }), 5, true)).toEqual({ sequence: 0, burst: 0 });
  });

  it("costs its calls, the one before them and the burst", () => {
    const asked = options({ rate: "20/s" });
    expect(maxCalls(asked, planFor(asked, 3, false)).planned).toBe(1 + 200 + 4);
  });

  it("asks for streams where what runs at once must be seen", () => {
    expect(options({ throughWindow: true }).stream).toBe(true);
    expect(options({ rate: "20/s" }).stream).toBe(false);
  });

  it.each([
    [
      { rate: "20/s", warmUp: "2s" },
      "sends one call, then 20 calls a second for 10 s after 2 s to warm up, then 4 at once",
    ],
    [{ callers: "6" }, "sends one call, then calls of 6 callers for 10 s, then 4 at once"],
    [
      { throughWindow: true as const },
      "sends one call, then calls of twice the limit of callers for 70 s, then 4 at once",
    ],
    [{ warmUp: "2" }, "sends 2 to warm up, then 3 calls one after another, then 4 at once"],
  ])("of %j is announced: %s", (flags, words) => {
    let said = "";
    const stream = {
      write(text: string) {
        said += text;
        return true;
      },
    };
    const terminal = new Terminal({ stdout: stream, stderr: stream, stdin: process.stdin, env: {} });
    const asked = options(flags);
    const base = header("x");
    const plan = { ...base.plan, warmUp: asked.warmUp, load: asked.load, ...planFor(asked, 3, true) };
    announce(terminal, { ...base, plan }, asked, {
      secret: "sk-1234567890abcd",
      owner: "o",
      hash: "h",
      temporary: false,
      look: async () => {},
      dispose: async () => {},
    });
    expect(said.replaceAll(/\s+/g, " ")).toContain(words);
  });
});
