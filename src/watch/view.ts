import { basename } from "node:path";
import type { Repair } from "../output/documents/doctor.js";
import type { DoctorTick } from "../output/documents/doctor-tick.js";
import { type Block, type Page, paragraph, shrinking, state, table } from "../output/page.js";
import { renderTable } from "../output/table.js";
import { type Text, toned } from "../terminal/colour.js";
import { formatDuration } from "../terminal/duration.js";
import { plural } from "../terminal/plural.js";
import type { Condition } from "./conditions.js";
import { describeTotals, type Totals } from "./totals.js";

/** All that a screen shows. */
export interface Screen {
  /** Address without credentials. */
  readonly redis: string;
  readonly everyMs: number;
  /** Undefined before the first one is over. */
  readonly tick: DoctorTick | undefined;
  /** Undefined while nothing was seen. */
  readonly conditions: readonly Condition[] | undefined;
  /** The last ones made, the newest first. */
  readonly repairs: readonly (Repair & { readonly time: string })[];
  /** The file of the last tick that repaired; null when none did. */
  readonly backup: string | null;
  readonly totals: Totals;
}

export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly colour: boolean;
}

/** Lines that are no rows of the tables: title, what is wrong, heads, gaps, what is left out, totals. */
const FRAME_LINES = 13;
const MOST_REPAIRS = 5;

/** A watch as lines for a screen of this size. */
export function renderScreen(picture: Screen, { width, height, colour }: Canvas): string[] {
  const { tick, conditions, totals } = picture;
  const blocks: Block[] = [paragraph(toned("dim", title(picture)), ...wrong(tick))];
  const repairs = picture.repairs.slice(0, MOST_REPAIRS);
  const room = Math.max(1, height - FRAME_LINES - repairs.length);
  blocks.push(...conditionBlocks(conditions, room));
  if (repairs.length > 0) blocks.push(repairTable(repairs));
  if (picture.backup) blocks.push(undo(picture.backup));
  blocks.push(paragraph(toned("dim", describeTotals(totals))));
  return renderTable({ blocks }, { colour, width }).trimEnd().split("\n");
}

function title({ redis, everyMs, tick }: Screen): string {
  if (!tick) return `${redis}, every ${formatDuration(everyMs)}: looking for the first time`;
  const watching = tick.watching > 0 ? `, ${tick.watching} watched` : "";
  const others = tick.otherKeys > 0 ? `, ${tick.otherKeys} not yours` : "";
  return `${redis}, ${ROLES[tick.role]}, ${plural(tick.keys, "key")}${others}${watching}, every ${formatDuration(everyMs)}, ${clockTime(tick.time)}`;
}

const ROLES: Record<DoctorTick["role"], string> = { reader: "reads only", standby: "standby", leader: "leads" };

function wrong(tick: DoctorTick | undefined): Text[] {
  if (!tick || tick.why === "") return [];
  if (tick.outcome !== "ok") return [toned("bad", `${tick.why}; trying again`)];
  return [toned("warn", `does not lead: ${tick.why}`)];
}

function conditionBlocks(conditions: readonly Condition[] | undefined, room: number): Block[] {
  if (conditions === undefined) return [];
  if (conditions.length === 0) return [paragraph(toned("good", "nothing is wrong"))];
  const sorted = [...conditions].sort((a, b) => Number(b.status === "fail") - Number(a.status === "fail"));
  const rows = sorted.slice(0, room).map(({ check, status, text }) => [check, state(status), text]);
  const list = table(["check", "status", shrinking("finding")], rows);
  const hidden = conditions.length - rows.length;
  return hidden > 0 ? [list, paragraph(toned("dim", `and ${hidden} more`))] : [list];
}

/** The path would be wider than many a screen. */
const undo = (path: string): Block =>
  paragraph("to take back the last:", toned("command", `  llmctl doctor undo ${basename(path, ".json")}`));

const repairTable = (repairs: Screen["repairs"]): Block =>
  table(
    ["repaired", "status", shrinking("action"), shrinking("key"), shrinking("reason")],
    repairs.map(({ time, status, action, key, reason }) => [
      clockTime(time),
      state(status),
      action,
      key,
      reason || "-",
    ]),
  );

/** What is left on the terminal when a watch has ended. */
export function renderSummary({ conditions, repairs, backup, totals }: Screen): Page {
  const blocks = [...conditionBlocks(conditions, 20), ...(repairs.length > 0 ? [repairTable(repairs)] : [])];
  if (backup) blocks.push(undo(backup));
  return { blocks: [...blocks, paragraph(describeTotals(totals))] };
}

/**
 * For those who read a log: what a tick did and what changed, a sentence each; nothing for a tick like the one before.
 */
export function describeTick(tick: DoctorTick, before: DoctorTick | undefined): Text[] {
  const lines: Text[] = [];
  if (tick.outcome !== "ok" && (before?.outcome ?? "ok") === "ok")
    lines.push(toned("bad", `${tick.why}; trying again`));
  if (tick.outcome === "ok" && before !== undefined && before.outcome !== "ok") lines.push("Redis answers again");
  if (tick.role !== before?.role && tick.role !== "reader") {
    const why = tick.outcome === "ok" && tick.why ? `: ${tick.why}` : "";
    lines.push(tick.role === "leader" ? "leads: repairs what it finds" : `stands by and only reads${why}`);
  }
  return lines;
}

const clockTime = (iso: string): string => new Date(iso).toTimeString().slice(0, 8);
