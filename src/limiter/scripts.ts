import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** A Lua script as it is sent, and the name under which the server keeps it. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

const read = (file: string) => readFileSync(new URL(`lua/${file}.lua`, import.meta.url), "utf8");

/** Reads the scripts from beside this module. `edit` changes their text before they are hashed: tests turn the server's clock with it. */
export function loadScripts(edit: (lua: string) => string = (lua) => lua) {
  const script = (text: string): Script => {
    const lua = edit(text);
    return { lua, sha: createHash("sha1").update(lua).digest("hex") };
  };
  const clock = read("clock");
  const state = read("state");
  return {
    exchange: script(clock + read("lean") + state + read("exchange")),
    acquireAll: script(clock + state + read("acquire-all")),
    renew: script(clock + state + read("renew")),
    peek: script(clock + read("peek")),
  };
}

export type Scripts = ReturnType<typeof loadScripts>;
