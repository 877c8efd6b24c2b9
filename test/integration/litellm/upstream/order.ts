/** What the text of the last user message tells the stand-in provider to do. */
export interface Order {
  /** Milliseconds before the first byte: `wait=3000`. */
  wait: number;
  /** HTTP status to answer with: `status=500`. */
  status: number;
  /** Pieces of a streamed answer: `chunks=10`. */
  chunks: number;
  /** Milliseconds between two pieces: `gap=100`. */
  gap: number;
  /** Never answer: `hang`. */
  hang: boolean;
  /** Close the connection in mid-stream: `cut`. */
  cut: boolean;
}

type Content = string | { text?: string }[] | undefined;

/** Body of a chat, messages, responses or completions request, as far as it carries the order. */
export interface OrderBody {
  model: string;
  stream?: boolean;
  messages?: { content?: Content }[];
  input?: string | { content?: Content }[];
  prompt?: string | string[];
}

const textOf = (content: Content) =>
  typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join(" ");

function lastText({ messages, input, prompt }: OrderBody): string {
  if (messages) return textOf(messages.at(-1)?.content);
  if (Array.isArray(input)) return textOf(input.at(-1)?.content);
  return input ?? [prompt ?? ""].flat().join(" ");
}

/** Unknown words are ignored, so an ordinary prompt gets an ordinary answer. */
export function orderOf(body: OrderBody): Order {
  const words = lastText(body).split(/\s+/);
  const number = (name: string, otherwise: number) => {
    const word = words.find((each) => each.startsWith(`${name}=`));
    return word ? Number(word.slice(name.length + 1)) : otherwise;
  };
  return {
    wait: number("wait", 0),
    status: number("status", 200),
    chunks: number("chunks", 3),
    gap: number("gap", 20),
    hang: words.includes("hang"),
    cut: words.includes("cut"),
  };
}
