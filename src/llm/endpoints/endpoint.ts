/** One server-sent event of a stream. */
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
  /** The path, such as `/v1/messages`. */
  readonly path: string;
  body(order: Order): object;
  /** Headers with the key under test, besides `Authorization: Bearer`; null: no key. */
  headers(key: string | null): Readonly<Record<string, string>>;
  /** Whether the event carries part of the answer. */
  isContent(event: StreamEvent): boolean;
  /** Whether the event ends a complete stream. */
  isLast(event: StreamEvent): boolean;
  /** Names of models native to this route; a gateway may serve others there too. */
  readonly prefers: RegExp;
}

/** The data of an event as a JSON object; undefined when it is none, such as `[DONE]`. */
export function jsonOf({ data }: StreamEvent): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The event that ends a stream of OpenAI's older routes. */
export const isDone = ({ data }: StreamEvent): boolean => data.trim() === "[DONE]";

/** The first choice of a chat or text completion event. */
export function choiceOf(event: StreamEvent): Record<string, unknown> {
  const choices = jsonOf(event)?.choices;
  return Array.isArray(choices) && choices[0] ? choices[0] : {};
}

/** Names of OpenAI's models, with or without a provider before them. */
export const OPENAI_MODELS = /(^|\/)(gpt|o\d|chatgpt)/i;
