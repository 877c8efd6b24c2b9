import type { Command } from "commander";
import type { Command as Work } from "../config/context.js";

/**
 * Registers work for a command: `load` imports its module, the words after the context are arguments and flags as
 * commander gives them.
 */
export type Register = (command: Command, load: () => Promise<Work<never>>) => void;
