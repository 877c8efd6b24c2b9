import { interruptedError, usageError } from "../errors.js";
import { printableLine } from "./printable.js";
import type { Terminal } from "./terminal.js";

/** A question whose answer can also be given as a flag. The error without a terminal names that flag. */
interface Question {
  message: string;
  /** The flag that answers it: `--yes`, `--mpr <n>`. */
  flag: string;
  /** Aborts the prompt; the command ends with exit 130. */
  signal?: AbortSignal;
}

/** A question with a line of text as its answer. */
export interface TextQuestion extends Question {
  /** Returns true, or an error message that says what to type. */
  validate?: (answer: string) => true | string;
  initial?: string;
}

interface YesNoQuestion extends Question {
  /** The answer of Enter alone; no by default. */
  initial?: boolean;
}

/** Asks yes or no. Without a terminal: exit 2, naming the flag. */
export const confirm = (terminal: Terminal, question: YesNoQuestion): Promise<boolean> =>
  ask(terminal, question, async (prompt, message) => {
    const { initial = false } = question;
    const { answer } = await prompt([{ type: "confirm", name: "answer", message, default: initial }]);
    return answer as boolean;
  });

/** Asks for a line of text. Without a terminal: exit 2, naming the flag. */
export const askText = (terminal: Terminal, question: TextQuestion): Promise<string> =>
  ask(terminal, question, async (prompt, message) => {
    const { initial, validate = () => true } = question;
    const { answer } = await prompt([{ type: "input", name: "answer", message, default: initial ?? "", validate }]);
    return answer as string;
  });

type Prompt = ReturnType<typeof import("inquirer")["createPromptModule"]>;

type Put<T> = (prompt: Prompt, message: string) => Promise<T>;

async function ask<T>(terminal: Terminal, question: Question, put: Put<T>): Promise<T> {
  if (!terminal.interactive) {
    throw usageError({
      code: "answer-missing",
      message: `cannot ask "${question.message}" without a terminal`,
      hint: `answer with ${question.flag}`,
    });
  }
  terminal.progress.clear();
  const { default: inquirer } = await import("inquirer");
  const output = terminal.stderr as NodeJS.WritableStream;
  try {
    const { signal } = question;
    const prompt: Prompt = inquirer.createPromptModule({
      input: terminal.stdin,
      output,
      ...(signal ? { signal } : {}),
    });
    return await put(prompt, printableLine(terminal.secrets.text(question.message)));
  } catch (error) {
    const takenBack = error instanceof Error && /^(Exit|Abort)PromptError$/.test(error.name);
    if (takenBack) throw interruptedError("nothing was changed");
    throw error;
  }
}
