import type { CheckResult, DoctorDocument } from "../output/documents/doctor.js";
import { mapStrings } from "../output/map-strings.js";
import { type Article, articleOfView, type Passage, type Section } from "../output/page.js";
import { type Outcome, paragraph, table } from "../output/view.js";
import { plain } from "../terminal/colour.js";
import { type Hidden, hide } from "./hidden.js";
import { sayReach } from "./mirrors.js";
import { summary } from "./view.js";

/** What a page and an issue say of an examination. */
export const doctorArticles = (
  outcome: Pick<Outcome, "view"> & { readonly document: DoctorDocument },
  hidden: Hidden,
): Outcome["articles"] => ({
  html: () => articleOfView(outcome),
  markdown: () => doctorArticle(clean(outcome.document, hidden)),
});

const clean = (document: DoctorDocument, hidden: Hidden): DoctorDocument =>
  mapStrings(document, (text) => hide(text, hidden));

const TONES = { pass: "good", warn: "warn", fail: "bad", skip: "plain" } as const;
const WORST = ["fail", "warn", "pass", "skip"] as const;

/** An examination as the text of an issue: the verdict first, and nothing of whose machines they were. */
function doctorArticle(document: DoctorDocument): Article {
  const { checks, repairs, outOfReach, at } = document;
  const worst = WORST.find((status) => checks.some((check) => check.status === status)) ?? "pass";
  const amiss = checks.filter(({ status }) => status === worst && worst !== "pass" && worst !== "skip");
  const reach = sayReach(outOfReach);
  return {
    title: "llmctl doctor",
    status: {
      word: worst,
      tone: TONES[worst],
      lines: [[plain(summary(document)), ...amiss.map(({ id, detail }) => `${id}: ${detail}`)].join(". ")],
    },
    sections: [
      { id: "checks", title: "Checks", passages: [checkTable(checks), paragraph(`Looked at ${at}.`)] },
      evidence(checks),
      ...(repairs.length > 0 ? [repairSection(document)] : []),
      ...(reach.length > 0
        ? [{ id: "reach", title: "What Redis does not reach", passages: reach.map((line) => paragraph(line)) }]
        : []),
    ],
    attachment: null,
  };
}

const checkTable = (checks: readonly CheckResult[]): Passage =>
  table(
    [{ name: "check" }, { name: "status" }, { name: "detail" }],
    checks.map(({ id, status, detail }) => [id, status, detail]),
  );

/** Findings that an issue can bear for one check. */
const LISTED = 20;

function evidence(checks: readonly CheckResult[]): Section {
  const passages = checks
    .filter(({ findings }) => findings.length > 0)
    .flatMap(({ id, advice, findings }): Passage[] => [
      { kind: "heading", text: id },
      ...findings.slice(0, LISTED).map(
        ({ severity, key, text, evidence, link, advice: own }): Passage => ({
          kind: "evidence",
          text: [
            `${severity}: ${text}`,
            ...(key !== null && !text.includes(key) ? [`(${key})`] : []),
            ...(evidence.length > 0 ? [`[${evidence.join("; ")}]`] : []),
            ...(own !== "" && own !== advice ? [`→ ${own}`] : []),
            ...(link === null ? [] : [link]),
          ].join(" "),
          links: [],
          names: [],
        }),
      ),
      ...(findings.length > LISTED ? [paragraph(`${findings.length - LISTED} more.`)] : []),
      ...(advice === "" ? [] : [paragraph(`To do: ${advice}.`)]),
    ]);
  return { id: "evidence", title: "Evidence", passages: passages.length > 0 ? passages : [paragraph("No finding.")] };
}

function repairSection({ repairs, backup }: DoctorDocument): Section {
  const rows = repairs.map(({ id, status, key, action, evidence, reason }) => [
    id,
    status,
    action,
    key,
    [...evidence, ...(reason ? [reason] : [])].join("; ") || "-",
  ]);
  const names = ["repair", "status", "action", "key", "evidence"].map((name) => ({ name }));
  return {
    id: "repairs",
    title: repairs.some(({ status }) => status === "planned") ? "Planned repairs" : "Repairs",
    passages: [table(names, rows), ...(backup === null ? [] : [paragraph(`Backup: ${backup.split("/").at(-1)}`)])],
  };
}
