import { readFileSync } from "node:fs";

/** The text of one of our Lua files. The build replaces this module by one that holds the texts, so that a bundler can take it along. */
export const luaText = (file: string): string => readFileSync(new URL(`lua/${file}.lua`, import.meta.url), "utf8");
