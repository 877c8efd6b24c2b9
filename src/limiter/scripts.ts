import { createHash } from "node:crypto";
import { luaText } from "./lua-text.js";

/** A Lua script as it is sent, and the name under which the server keeps it. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

/** The scripts. `edit` changes their text before they are hashed: tests turn the server's clock with it. */
export function loadScripts(edit: (lua: string) => string = (lua) => lua) {
  const script = (text: string): Script => {
    const lua = edit(text);
    return { lua, sha: createHash("sha1").update(lua).digest("hex") };
  };
  const clock = luaText("clock");
  const state = luaText("state");
  return {
    exchange: script(clock + luaText("lean") + state + luaText("exchange")),
    acquireAll: script(clock + state + luaText("acquire-all")),
    renew: script(clock + state + luaText("renew")),
    peek: script(clock + luaText("peek")),
  };
}

export type Scripts = ReturnType<typeof loadScripts>;
