/**
 * What a Redis user needs to read the limiter's keys, as words of ACL SETUSER. `dump`, `probe` and `doctor` without `--fix` need no more than
 * this; the test suite runs `dump` with exactly these.
 */
export const READ_RIGHTS: readonly string[] = [
  "~*",
  ...["ping", "info", "time", "client|setname", "select"],
  ...["scan", "evalsha", "eval", "type", "pttl", "get", "zrange", "zcard"],
  ...["cluster|slots", "cluster|nodes", "readonly"],
].map((right) => (right.startsWith("~") ? right : `+${right}`));
