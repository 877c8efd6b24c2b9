import { LlmctlError } from "../errors.js";
import { askText } from "../terminal/prompt.js";
import type { Terminal } from "../terminal/terminal.js";
import { type FieldFlags, fieldsFrom } from "./fields.js";

interface Question {
  readonly name: "alias" | "maxParallelRequests" | "rpm" | "tpm" | "models" | "duration";
  readonly flag: string;
  readonly message: string;
  readonly initial?: string;
}

const QUESTIONS: readonly Question[] = [
  { name: "alias", flag: "--alias", message: "A name for the key (empty: none)" },
  {
    name: "maxParallelRequests",
    flag: "--mpr",
    message: "How many calls may run at once (none: no limit)",
    initial: "5",
  },
  { name: "rpm", flag: "--rpm", message: "Requests a minute (empty: no limit)" },
  { name: "tpm", flag: "--tpm", message: "Tokens a minute (empty: no limit)" },
  { name: "models", flag: "--models", message: "Models, separated by commas (empty: all)" },
  { name: "duration", flag: "--duration", message: "How long it lives, such as 12h or 30d (empty: no expiry)" },
];

/** Prompts for the fields of a new key, and prints the equivalent command. */
export async function askForKey(terminal: Terminal, signal: AbortSignal): Promise<FieldFlags> {
  const answers: FieldFlags = {};
  for (const { name, flag, message, initial } of QUESTIONS) {
    const validate = (answer: string) => complaint({ [name]: answer });
    const question = { message, flag, validate, signal, ...(initial === undefined ? {} : { initial }) };
    const answer = await askText(terminal, question);
    if (isAnswer(answer)) answers[name] = answer.trim();
  }
  const words = QUESTIONS.flatMap(({ name, flag }) =>
    answers[name] === undefined ? [] : [flag, quote(answers[name])],
  );
  terminal.note(`the same without questions: llmctl keys create ${words.length > 0 ? words.join(" ") : "--yes"}`);
  return answers;
}

/** What is wrong with an answer, in the words of the flag's error; an empty answer is valid. */
function complaint(answer: FieldFlags): true | string {
  if (!Object.values(answer).some(isAnswer)) return true;
  try {
    fieldsFrom(answer, false);
    return true;
  } catch (error) {
    if (error instanceof LlmctlError) return `${error.message}; ${error.hint}`;
    throw error;
  }
}

const isAnswer = (text: string): boolean => text.trim() !== "" && text.trim() !== "none";

const quote = (word: string): string => (/^[\w.,:@/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
