import { homedir } from "node:os";
import { join } from "node:path";

/** Where llmctl keeps its files: the XDG base directories, on macOS too, so that README can name them in one line. */
export const configFile = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_CONFIG_HOME || join(env.HOME ?? homedir(), ".config"), "llmctl", "config.json");

/** Recorded runs, backups and journals lie below it. */
export const stateDir = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_STATE_HOME || join(env.HOME ?? homedir(), ".local", "state"), "llmctl");
