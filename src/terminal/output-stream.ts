/** A stream as the program sees it; process.stdout and process.stderr are two. */
export interface OutputStream {
  /** False: it has enough, and tells by `drain` when it takes more. */
  write(text: string): unknown;
  once?(event: "drain", listener: () => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}
