import { dirname } from "node:path";
import { describeRedis } from "../config/redis-url.js";
import type { Settings } from "../config/settings.js";
import type { Diagnosis } from "../diagnose/diagnose.js";
import { valueOr } from "../diagnose/lookup.js";
import { describeWorkerCaches } from "../diagnose/worker-caches/notes.js";
import type { CheckResult, DoctorDocument } from "../output/documents/doctor.js";
import { type Block, type Page, paragraph, type SectionBlock, section, table } from "../output/page.js";
import { type HostReplacements, hostReplacements, redactHostsIn } from "../output/redact-hosts.js";
import { plain } from "../terminal/colour.js";
import { summary } from "./view.js";

/** What an issue must not hold: addresses of the proxy and of every known Redis, and folders of the user. */
export function privateTexts(
  { baseUrl, redis, litellmConfig, stateDir }: Settings,
  { cache, coordination, redis: facts }: Pick<Diagnosis, "cache" | "coordination" | "redis">,
): HostReplacements {
  const folder = litellmConfig && dirname(litellmConfig.path);
  const told = valueOr(cache, null);
  const address = (one: { host: string | null; port: number | null } | null) =>
    one?.host && `${one.host.includes(":") ? `[${one.host}]` : one.host}:${one.port ?? 6379}`;
  return [
    ...[`${stateDir}/`, ...(folder && folder !== "." ? [`${folder}/`] : [])].map((path) => [path, ""] as const),
    ...(redis?.kind === "standalone" && redis.path ? [[redis.path, "the-socket"] as const] : []),
    ...hostReplacements({
      "the-proxy": [baseUrl],
      "the-redis": [redis && describeRedis(redis), facts.known ? facts.value.address : null],
      "the-proxys-redis": [
        address(told),
        address(valueOr(coordination, null)),
        /connecting to ([^\s:]+:\d+)/.exec(told?.away ?? "")?.[1],
      ],
    }),
  ];
}

const TONES = { pass: "good", warn: "warn", fail: "bad", skip: "plain" } as const;
const WORST = ["fail", "warn", "pass", "skip"] as const;

/** An examination as the text of an issue: the verdict first, and nothing of whose machines they were. */
export function doctorIssue(examined: DoctorDocument, hidden: HostReplacements): Page {
  const document = redactHostsIn(examined, hidden);
  const { checks, repairs, outOfReach, at } = document;
  const worst = WORST.find((status) => checks.some((check) => check.status === status)) ?? "pass";
  const problems = checks.filter(({ status }) => status === worst && worst !== "pass" && worst !== "skip");
  const reach = describeWorkerCaches(outOfReach);
  return {
    title: "llmctl doctor",
    status: {
      word: worst,
      tone: TONES[worst],
      lines: [[plain(summary(document)), ...problems.map(({ id, detail }) => `${id}: ${detail}`)].join(". ")],
    },
    blocks: [
      section("checks", "Checks", [checkTable(checks), paragraph(`Looked at ${at}.`)]),
      evidence(checks),
      ...(repairs.length > 0 ? [repairSection(document)] : []),
      ...(reach.length > 0
        ? [
            section(
              "reach",
              "What Redis does not reach",
              reach.map((line) => paragraph(line)),
            ),
          ]
        : []),
    ],
  };
}

const checkTable = (checks: readonly CheckResult[]): Block =>
  table(
    ["check", "status", "detail"],
    checks.map(({ id, status, detail }) => [id, status, detail]),
  );

/** Findings that an issue can bear for one check. */
const LISTED = 20;

function evidence(checks: readonly CheckResult[]): SectionBlock {
  const blocks = checks
    .filter(({ findings }) => findings.length > 0)
    .flatMap(({ id, advice, findings }): Block[] => [
      { kind: "heading", text: id },
      ...findings.slice(0, LISTED).map(
        ({ severity, key, text, evidence, link, advice: own }): Block => ({
          kind: "evidence",
          text: [
            `${severity}: ${text}`,
            ...(key !== null && !text.includes(key) ? [`(${key})`] : []),
            ...(evidence.length > 0 ? [`[${evidence.join("; ")}]`] : []),
            ...(own !== "" && own !== advice ? [`→ ${own}`] : []),
            ...(link === null ? [] : [link]),
          ].join(" "),
        }),
      ),
      ...(findings.length > LISTED ? [paragraph(`${findings.length - LISTED} more.`)] : []),
      ...(advice === "" ? [] : [paragraph(`To do: ${advice}.`)]),
    ]);
  return section("evidence", "Evidence", blocks.length > 0 ? blocks : [paragraph("No finding.")]);
}

function repairSection({ repairs, backup }: DoctorDocument): SectionBlock {
  const rows = repairs.map(({ id, status, key, action, evidence, reason }) => [
    id,
    status,
    action,
    key,
    [...evidence, ...(reason ? [reason] : [])].join("; ") || "-",
  ]);
  const names = ["repair", "status", "action", "key", "evidence"];
  const title = repairs.some(({ status }) => status === "planned") ? "Planned repairs" : "Repairs";
  const saved = backup === null ? [] : [paragraph(`Backup: ${backup.split("/").at(-1)}`)];
  return section("repairs", title, [table(names, rows), ...saved]);
}
