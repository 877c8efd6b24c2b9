import { dirname } from "node:path";
import { describeRedis } from "../config/redis-url.js";
import type { Settings } from "../config/settings.js";
import type { CheckResult, DoctorDocument } from "../output/documents/doctor.js";
import { type Block, type Page, paragraph, type SectionBlock, section, table } from "../output/page.js";
import { type HostReplacements, hostReplacements, redactHostsIn } from "../output/redact-hosts.js";
import { plain } from "../terminal/colour.js";
import type { Examination } from "./examination.js";
import { valueOr } from "./fact.js";
import { sayReach } from "./mirrors.js";
import { summary } from "./view.js";

/** Addresses of the proxy and of every Redis that was named or told, and folders of the user: what an issue must not hold. */
export function privateTexts(
  { baseUrl, redis, litellmConfig, stateDir }: Settings,
  { cache, coordination, redis: facts }: Pick<Examination, "cache" | "coordination" | "redis">,
): HostReplacements {
  const folder = litellmConfig && dirname(litellmConfig.path);
  const literal: [string | undefined, string][] = [
    [redis && describeRedis(redis), "redis://the-redis"],
    [facts.known ? facts.value.address : undefined, "redis://the-redis"],
    [redis?.kind === "standalone" ? redis.path : undefined, "the-socket"],
    [folder && folder !== "." ? `${folder}/` : undefined, ""],
    [`${stateDir}/`, ""],
  ];
  const proxy = baseUrl === undefined ? undefined : new URL(baseUrl);
  const nodes = redis?.kind === "cluster" ? redis.nodes : redis?.kind === "standalone" && !redis.path ? [redis] : [];
  const told = [valueOr(cache, null), valueOr(coordination, null)];
  const [, away, awayPort] = /connecting to ([^\s:]+):(\d+)/.exec(valueOr(cache, null)?.away ?? "") ?? [];
  return [
    ...literal.filter((one): one is [string, string] => one[0] !== undefined).sort(([a], [b]) => b.length - a.length),
    ...hostReplacements([
      { host: proxy?.hostname, port: Number(proxy?.port), word: "the-proxy" },
      ...nodes.map(({ host, port }) => ({ host, port, word: "the-redis" })),
      ...(redis?.kind === "sentinel" ? redis.sentinels : []).map((one) => ({ ...one, word: "a-sentinel" })),
      ...told.map((one) => ({ host: one?.host, port: one?.port ?? 6379, word: "the-proxys-redis" })),
      { host: away, port: Number(awayPort), word: "the-proxys-redis" },
    ]),
  ];
}

const TONES = { pass: "good", warn: "warn", fail: "bad", skip: "plain" } as const;
const WORST = ["fail", "warn", "pass", "skip"] as const;

/** An examination as the text of an issue: the verdict first, and nothing of whose machines they were. */
export function doctorIssue(examined: DoctorDocument, hidden: HostReplacements): Page {
  const document = redactHostsIn(examined, hidden);
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
