/** The verdict on a run. `llmctl.probe/1` prints it unchanged; its schema is in output/documents/probe.ts. */
export interface Verdict {
  status: "healthy" | "finding" | "inconclusive";
  findings: Finding[];
  doubts: Doubt[];
}

/** What is wrong with the limiter; proved when the verdict's status is `finding`, otherwise suspected. */
export interface Finding {
  kind: "leak" | "over-admission" | "false-rejection" | "slow-release";
  /** Path of the API: `/v1/messages`. */
  endpoint: string;
  /** How the calls were ended: `completed`, `aborted`, … */
  ending: string;
  /** One sentence with the numbers in it. */
  proof: string;
  evidence: Evidence[];
}

/** What a finding rests on. */
export interface Evidence {
  kind: string;
  text: string;
  /** Numbers of the calls in the run file. */
  calls: number[];
  /** Members of the sorted set. */
  slots: string[];
}

/** Something else that was seen and may explain a finding. */
export interface Doubt {
  /** Stable: `foreign-traffic`, `rate-limit`, … */
  id: string;
  text: string;
  /** It could explain the finding: the verdict is then inconclusive. */
  explains: boolean;
}
