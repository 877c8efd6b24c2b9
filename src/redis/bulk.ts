import type { Redis } from "ioredis";
import { ASCII, type BulkReply, ReplyParser } from "./reply-parser.js";

/** Pipelined reads without a promise for each command. */
export interface Bulk {
  /** Sends all questions and returns the replies to each, in order. */
  ask(questions: readonly Question[]): Promise<BulkReply[][]>;
  close(): void;
}

/** One or more commands as RESP, and their number. */
interface Question {
  readonly text: string;
  readonly replies: number;
}

/** Encodes a word of a command as RESP. */
export const argument = (word: string): string => `$${Buffer.byteLength(word)}\r\n${word}\r\n`;

interface Waiting {
  readonly questions: readonly Question[];
  readonly got: BulkReply[][];
  resolve(replies: BulkReply[][]): void;
  reject(error: Error): void;
}

/**
 * Opens a second connection to a server for very many small reads. ioredis logs in and selects the database, then its
 * socket is used directly: its promise, timer and array for each command take several times what Redis itself needs.
 * The server may be silent as long as any command of that connection may take.
 */
export async function openBulk(node: Redis): Promise<Bulk> {
  const line = node.duplicate({ lazyConnect: true });
  // `close` follows and rejects the waiters.
  line.on("error", () => undefined);
  await line.connect();
  await line.ping();
  const { stream } = line;
  const parser = new ReplyParser();
  const waiting: Waiting[] = [];
  let ended: Error | undefined;

  const end = (error: Error) => {
    ended ??= error;
    for (const one of waiting.splice(0)) one.reject(ended);
    line.disconnect();
  };
  stream.removeAllListeners("data");
  stream.on("data", (bytes: Buffer) => {
    parser.push(bytes);
    while (waiting[0]) {
      const { questions, got, resolve } = waiting[0];
      while (got.length < questions.length) {
        const replies = parser.take((questions[got.length] as Question).replies);
        if (replies === undefined) return;
        got.push(replies);
      }
      waiting.shift();
      resolve(got);
    }
  });
  stream.setTimeout(node.options.commandTimeout ?? 0, () => {
    if (waiting.length > 0) end(new Error("Command timed out"));
  });
  stream.once("close", () => end(new Error("Connection is closed.")));

  return {
    ask(questions) {
      if (ended) return Promise.reject(ended);
      return new Promise((resolve, reject) => {
        waiting.push({ questions, got: [], resolve, reject });
        const text = questions.map((question) => question.text).join("");
        // ASCII text is sent as it is stored in memory.
        stream.write(text, ASCII.test(text) ? "latin1" : "utf8");
      });
    },
    close: () => end(new Error("Connection is closed.")),
  };
}
