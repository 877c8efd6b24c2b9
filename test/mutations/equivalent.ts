/** A change that no test can capacityOf from the original. */
interface Equivalent {
  /** From the root on: `src/verdict/findings/leak.ts`. */
  readonly file: string;
  /** The line as it stands, trimmed. */
  readonly line: string;
  /** What is put in place of what, trimmed; in every such place of the line. */
  readonly change: readonly [before: string, after: string];
  readonly why: string;
}

export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: "src/verdict/findings/false-rejection.ts",
    line: "const isEarly = (call: CallRecord) => !first || call.n < first.n;",
    change: ["<", "<="],
    why: "Only refused calls are asked, the first was let through, and no two calls have one number.",
  },
  {
    file: "src/verdict/findings/false-rejection.ts",
    line: "const full = [0];",
    change: ["0", "1"],
    why: "The sums are only compared with each other, and all begin with this one.",
  },
  {
    file: "src/verdict/findings/false-rejection.ts",
    line: "for (const { held } of readings) full.push((full.at(-1) ?? 0) + Number(held === null || held >= most));",
    change: ["+", "-"],
    why: "Two sums are equal where no reading between them was full, whether the others count up or down.",
  },
  {
    file: "src/verdict/readings/foreign-traffic.ts",
    line: "const still = new Set(old.length > 0 ? now.members.map(({ id }) => id) : []);",
    change: [">", ">="],
    why: "Without old members nobody asks the set: it is left empty only to save time.",
  },
  {
    file: "src/verdict/readings/foreign-traffic.ts",
    line: "if (!before || reading.requests === null) return false;",
    change: ["|| reading.requests === null", ""],
    why: "Null counts as no rise, and the sum was not too large at the reading before, when no more calls had been sent.",
  },
  {
    file: "src/verdict/findings/proven.ts",
    line: "if (!before || !last) return null;",
    change: ["|| !last", ""],
    why: "Where there is a reading of before, there is a last one.",
  },
  {
    file: "src/verdict/min-heap.ts",
    line: "if (this.#order(one, above) >= 0) break;",
    change: [">=", ">"],
    why: "Which of two equals comes first no order says.",
  },
  {
    file: "src/verdict/min-heap.ts",
    line: "if (this.#order(one, heap[child] as T) <= 0) break;",
    change: ["<=", "<"],
    why: "Which of two equals comes first no order says.",
  },
  {
    file: "src/verdict/sorted-numbers.ts",
    line: "for (const one of numbers) if (one > most) most = one;",
    change: [">", ">="],
    why: "Equal numbers are the same.",
  },
  {
    file: "src/verdict/sorted-numbers.ts",
    line: "for (const one of numbers) if (one < least) least = one;",
    change: ["<", "<="],
    why: "Equal numbers are the same.",
  },
  {
    file: "src/verdict/rate.ts",
    line: "const WINDOWS = Array.from({ length: 41 }, (_, at) => Math.min(60_000, 10 * 1.25 ** at));",
    change: ["41", "42"],
    why: "One more window is a minute again, as the last two are, and what it asks they have asked.",
  },
  {
    file: "src/verdict/rate.ts",
    line: "Math.min(1, through.length),",
    change: ["1", "2"],
    why: "It is compared with twice a whole number: where that holds one, it holds two.",
  },
  {
    file: "src/verdict/confounders/late.ts",
    line: 'const found = candidates.find(({ kind, basis }) => kind === "false-rejection" && basis === "calls");',
    change: [".find(", ".findLast("],
    why: "No rule finds a second false rejection.",
  },
  {
    file: "src/verdict/confounders/late.ts",
    line: "if (!found || limit.value === null) return undefined;",
    change: ["|| limit.value === null", ""],
    why: "Without a limit no refusal is found to be false.",
  },
  {
    file: "src/verdict/confounders/traffic.ts",
    line: 'const lone = candidates.find((one) => one.kind === "false-rejection");',
    change: [".find(", ".findLast("],
    why: "No rule finds a second false rejection.",
  },
  {
    file: "src/verdict/confounders/traffic.ts",
    line: 'const refused = lone.evidence.find(({ kind }) => kind === "calls")?.calls.length ?? 0;',
    change: [".find(", ".findLast("],
    why: "A false rejection names its calls in one piece of evidence.",
  },
  {
    file: "src/verdict/confounders/load.ts",
    line: "firstByteMs === null || lastByteMs === null ? 0 : lastByteMs - firstByteMs;",
    change: ["0", "1"],
    why: "One millisecond is as much too short as none, and nobody is told which it was.",
  },
  {
    file: "src/verdict/min-heap.ts",
    line: "if (toOther < 0) child = other;",
    change: ["<", "<="],
    why: "Which of two equals comes first no order says.",
  },
];
