/** One event of a stream, as it came. */
export interface StreamEvent {
  readonly event: string | undefined;
  readonly data: string;
}

interface Order {
  readonly model: string;
  readonly prompt: string;
  readonly maxTokens: number;
  readonly stream: boolean;
}

/** One of the routes that LLM gateways offer. */
export interface Endpoint {
  /** As `/v1/messages`. */
  readonly path: string;
  body(order: Order): object;
  /** Headers with the key under test, beside `Authorization: Bearer`; null: without a key. */
  headers(key: string | null): Readonly<Record<string, string>>;
  /** Whether the event carries a piece of the answer. */
  isContent(event: StreamEvent): boolean;
  /** Whether the event is the one that ends a whole stream. */
  isLast(event: StreamEvent): boolean;
  /** Names of models that are at home on this route; a gateway may serve others there too. */
  readonly prefers: RegExp;
}

/** The data of an event as JSON; undefined when it is none, such as `[DONE]`. */
export function jsonOf({ data }: StreamEvent): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** OpenAI's older routes end with this text. */
export const isDone = ({ data }: StreamEvent): boolean => data.trim() === "[DONE]";

/** The first choice of a chat or text completion event. */
export function choiceOf(event: StreamEvent): Record<string, unknown> {
  const choices = jsonOf(event)?.choices;
  return Array.isArray(choices) && choices[0] ? choices[0] : {};
}

export const OPENAI_MODELS = /(^|\/)(gpt|o\d|chatgpt)/i;
