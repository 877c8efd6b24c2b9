/** One event of a stream: its name, where the route writes one, and its data. */
export type Frame = readonly [event: string | null, data: object | string];

/** A route's paths, how a request says what it wants, and what answers look like. */
export interface RouteShape {
  readonly paths: readonly string[];
  /** The text of the last user message. */
  prompt(body: RequestBody): string;
  /** Longest answer asked for, in tokens. */
  maxTokens(body: RequestBody): number | undefined;
  whole(model: string): object;
  start(model: string): readonly Frame[];
  piece(model: string): readonly Frame[];
  end(model: string): readonly Frame[];
}

/** A request as far as the lab reads it. */
export interface RequestBody {
  readonly model?: unknown;
  readonly stream?: unknown;
  readonly messages?: unknown;
  readonly input?: unknown;
  readonly prompt?: unknown;
  readonly [field: string]: unknown;
}

export const frameText = ([event, data]: Frame): string =>
  `${event === null ? "" : `event: ${event}\n`}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;

/** The text of the last element's `content`: a string, or blocks with `text`. */
export function lastContent(list: unknown): string {
  if (typeof list === "string") return list;
  const last: unknown = Array.isArray(list) ? list.at(-1) : undefined;
  const content = isRecord(last) ? last.content : undefined;
  if (typeof content === "string") return content;
  const blocks: unknown[] = Array.isArray(content) ? content : [];
  return blocks.map((block) => (isRecord(block) && typeof block.text === "string" ? block.text : "")).join(" ");
}

export const firstNumber = (body: RequestBody, ...fields: string[]): number | undefined => {
  for (const field of fields) if (typeof body[field] === "number") return body[field];
  return undefined;
};

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
