import { randomBytes } from "node:crypto";
import type { Clock } from "../config/clock.js";

/** A name that sorts by time and that two machines do not share. */
export const runId = (clock: Clock): string => {
  const time = new Date(clock.wall()).toISOString().slice(0, 19).replace(/[-:]/g, "");
  return `${time}-${randomBytes(3).toString("hex")}`;
};
