/** One event of a stream: its name, if the route writes one, and its data. */
export type Frame = readonly [event: string | null, data: object | string];

/** A route's paths, how its requests are read, and what its answers look like. */
export interface RouteShape {
  readonly paths: readonly string[];
  /** The text of the last user message. */
  prompt(body: RequestBody): string;
  /** Length of the whole prompt, as LiteLLM measures it before a call. */
  characters(body: RequestBody): number;
  /** The longest answer requested, in tokens. */
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

/** Formats a frame as a server-sent event. */
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

/** Characters of all messages' texts. */
export const messageCharacters = ({ messages }: RequestBody): number =>
  (Array.isArray(messages) ? messages : []).reduce((sum: number, one) => sum + lastContent([one]).length, 0);

/** Characters of a value as Python prints it: JSON with a space after each comma and colon. */
export function pythonLength(value: unknown): number {
  if (Array.isArray(value))
    return value.reduce((sum: number, one) => sum + pythonLength(one) + 2, 0) + (value.length ? 0 : 2);
  if (!isRecord(value)) return typeof value === "string" ? value.length + 2 : String(value).length;
  const fields = Object.entries(value);
  return (
    fields.reduce((sum, [name, one]) => sum + name.length + 4 + pythonLength(one) + 2, 0) + (fields.length ? 0 : 2)
  );
}

/** The first of these fields that is a number. */
export const firstNumber = (body: RequestBody, ...fields: string[]): number | undefined => {
  for (const field of fields) if (typeof body[field] === "number") return body[field];
  return undefined;
};

/** Whether a value is an object and no list. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
