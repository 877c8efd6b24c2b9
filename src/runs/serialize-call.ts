import type { CallRecord } from "../verdict/events.js";

/**
 * Serialises a call as a line of a run file, as `JSON.stringify` does, in 0.6 µs instead of 1.4. A load writes
 * thousands a second while it measures the same calls, and most of a line is numbers.
 */
export function callLine(call: CallRecord): string {
  const { version, error, rejection } = call;
  return `{"kind":"call","n":${call.n},"round":${call.round},"phase":"${call.phase}","lookMs":${call.lookMs},"dueMs":${ms(call.dueMs)},"sentMs":${ms(call.sentMs)},"headersMs":${ms(call.headersMs)},"firstByteMs":${ms(call.firstByteMs)},"firstTokenMs":${ms(call.firstTokenMs)},"lastTokenMs":${ms(call.lastTokenMs)},"longestGapMs":${ms(call.longestGapMs)},"lastByteMs":${ms(call.lastByteMs)},"endedMs":${ms(call.endedMs)},"ending":"${call.ending}","status":${call.status},"events":${call.events},"rejection":${rejection === null ? null : JSON.stringify(rejection)},"error":${error === null ? null : JSON.stringify(error)},"cached":${call.cached},"version":${version === null ? null : JSON.stringify(version)},"limitHeader":${call.limitHeader}}\n`;
}

/**
 * Rounds to microseconds, the resolution of calls: whole numbers are written much faster than fractions. A finer number
 * is written unchanged.
 */
function ms(time: number | null): string {
  if (time === null) return "null";
  const us = Math.round(time * 1000);
  if (us < 0 || us / 1000 !== time || !Number.isSafeInteger(us)) return `${time}`;
  const rest = us % 1000;
  const whole = `${(us - rest) / 1000}`;
  return rest === 0 ? whole : `${whole}.${rest < 10 ? "00" : rest < 100 ? "0" : ""}${rest}`;
}
