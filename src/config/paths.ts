import { homedir } from "node:os";
import { join } from "node:path";

/** Path of the user's configuration. Follows the XDG base directories, on macOS too, so that one line documents it. */
export const configFile = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_CONFIG_HOME || join(env.HOME ?? homedir(), ".config"), "llmctl", "config.json");

/** The folder of recorded runs, backups and journals. */
export const stateDir = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_STATE_HOME || join(env.HOME ?? homedir(), ".local", "state"), "llmctl");
