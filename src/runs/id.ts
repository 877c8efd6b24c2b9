import { randomBytes } from "node:crypto";
import type { Clock } from "../config/clock.js";

/** Creates an id that sorts by time and is unique across machines. */
export const runId = (clock: Clock): string => {
  const time = new Date(clock.wall()).toISOString().slice(0, 19).replace(/[-:]/g, "");
  return `${time}-${randomBytes(3).toString("hex")}`;
};
