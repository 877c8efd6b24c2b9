import { messageOf } from "../litellm/rejection.js";

/** Longest text that is kept of an error body. */
const LONGEST = 500;

/** The text that a person would read in an error body: the message of JSON, the title of a page, else its beginning. */
export function sayBody(headers: Readonly<Record<string, string>>, body: string): string {
  const page = /html/.test(headers["content-type"] ?? "") || /^\s*<(?:!doctype|html)/i.test(body);
  const text = page ? (/<title>([^<]*)<\/title>/i.exec(body)?.[1] ?? "a web page") : messageOf(body);
  return text.replace(/\s+/g, " ").trim().slice(0, LONGEST);
}
