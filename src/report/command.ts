import { basename } from "node:path";
import type { Context } from "../config/context.js";
import type { GlobalFlags } from "../config/settings.js";
import { EXIT, type ExitCode, usageError } from "../errors.js";
import type { DocumentResult } from "../output/command-result.js";
import type { ComparisonDocument } from "../output/documents/comparison.js";
import type { ProbeDocument } from "../output/documents/probe.js";
import type { Page } from "../output/page.js";
import { type FoundRun, findRun } from "../runs/find.js";
import { mergeRuns } from "../runs/merge.js";
import { rejudge } from "../runs/rejudge.js";
import { compareRuns } from "./compare.js";
import { comparisonPage, comparisonView } from "./comparison-page.js";
import { fileFor } from "./output-file.js";
import { redactRuns } from "./redact-runs.js";
import type { ReportedRun } from "./reported-run.js";
import { runPage } from "./run-page.js";
import { brief, runView } from "./view.js";

/** Flags of `llmctl report`, as typed. */
export interface ReportFlags extends GlobalFlags {
  merge?: boolean;
  write?: string;
}

/**
 * `llmctl report <run> [more runs]`: judges recorded runs again and prints them in any format. Several runs are
 * compared, or merged into one.
 */
export async function report(context: Context, words: readonly string[], flags: ReportFlags): Promise<DocumentResult> {
  const { settings, terminal } = context;
  const file = fileFor(flags, settings.output, terminal.columns > 0);
  if (flags.merge && words.length < 2)
    throw usageError({ code: "one-run", message: "--merge takes two runs or more", hint: "name the others too" });
  const found = await Promise.all(words.map((word) => findRun(word, settings.stateDir)));
  for (const { torn, path } of found) {
    if (torn) terminal.warn(`the last line of ${path} is torn and left out: the run was killed, or is writing it now`);
  }
  const result = flags.merge
    ? runResult(merged(found))
    : found.length > 1
      ? comparisonResult(found.map(judged))
      : runResult(judged(found[0] as FoundRun));
  return file ? { ...result, file } : result;
}

function judged(run: FoundRun): ReportedRun {
  const { header, events, document } = rejudge(run);
  return {
    ...{ header, events, document, remarks: remarksOn(run) },
    attachment: { name: basename(run.path), text: run.text },
  };
}

function remarksOn({ torn, end }: FoundRun): string[] {
  return [
    ...(torn ? ["The record's last line is torn and was left out."] : []),
    ...(end === null
      ? ["The record has no end: the run was killed, or is still at work. What it saw so far is judged."]
      : []),
  ];
}

function merged(found: readonly FoundRun[]): ReportedRun {
  const { header, events, document, assumed } = mergeRuns(found);
  const text = found.map((run) => (run.torn ? `${run.text}\n` : run.text)).join("");
  return {
    header,
    events,
    document,
    remarks: [...assumed, ...found.flatMap(remarksOn)],
    attachment: { name: "merged.ndjson", text },
  };
}

const EXITS = {
  healthy: EXIT.done,
  finding: EXIT.finding,
  inconclusive: EXIT.inconclusive,
} satisfies Record<ProbeDocument["verdict"]["status"], ExitCode>;

const runResult = (run: ReportedRun): DocumentResult => ({
  kind: "document",
  document: run.document,
  page: runView(run),
  exit: EXITS[run.document.verdict.status],
  brief: brief(run.document),
  pages: {
    html: () => runPage(run, "page"),
    markdown: () => runPage(redactRuns([run])[0] as ReportedRun, "issue"),
  },
});

/** Worse is a finding: something that was fine in the first run is not in the last. */
const CHANGE_EXITS = {
  same: EXIT.done,
  better: EXIT.done,
  worse: EXIT.finding,
  unclear: EXIT.inconclusive,
} satisfies Record<ComparisonDocument["change"], ExitCode>;

function comparisonResult(runs: readonly ReportedRun[]): DocumentResult {
  const document = compareRuns(runs.map((run) => run.document));
  return {
    kind: "document",
    document,
    page: comparisonView(document),
    exit: CHANGE_EXITS[document.change],
    brief: document.change,
    pages: {
      html: () => comparisonPage(document, runs, true),
      markdown: () => comparisonIssue(redactRuns(runs)),
    },
  };
}

/** A comparison as the text of an issue, without host names. */
const comparisonIssue = (runs: readonly ReportedRun[]): Page =>
  comparisonPage(compareRuns(runs.map((run) => run.document)), runs, false);
