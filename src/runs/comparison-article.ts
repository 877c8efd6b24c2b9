import type { ComparisonDocument } from "../output/documents/comparison.js";
import type { Article, Section } from "../output/page.js";
import { type Block, paragraph } from "../output/view.js";
import { chartSections, type ToldRun } from "./article.js";
import { CHANGES, comparisonView, namesOf } from "./comparison-view.js";
import { verdictLines } from "./headline.js";

/** Runs side by side on one page, each with its own charts. `charts` is false where nobody could see them. */
export function comparisonArticle(document: ComparisonDocument, runs: readonly ToldRun[], charts: boolean): Article {
  const names = namesOf(document);
  const { tone, text } = CHANGES[document.change];
  const [, ...blocks] = comparisonView(document).blocks;
  const verdicts = runs.map(
    (run, at): Block =>
      paragraph(`${names[at]}: ${run.document.verdict.status}: ${verdictLines(run.document).join("; ")}`),
  );
  const compared: Section = { id: "comparison", title: "What changed", passages: [...blocks, ...verdicts] };
  return {
    title: `${names.join(" and ")}, compared`,
    status: { word: document.change, tone, lines: [text] },
    sections: [compared, ...(charts ? runs.flatMap((run, at) => chartsOf(run, names[at] ?? "")) : [])],
    attachment: { name: "runs.ndjson", text: runs.map(({ attachment }) => attachment?.text ?? "").join("\n") },
  };
}

const chartsOf = ({ document, events }: ToldRun, name: string): Section[] =>
  chartSections(
    document,
    events.filter((event) => event.kind === "call"),
    events.filter((event) => event.kind === "slots"),
    name,
  );
