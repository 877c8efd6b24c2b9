import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Mutant, type Subject, sourceOf } from "./run.js";

/** Not rules: the schemas of what is recorded. */
const LEFT_OUT = ["history.ts"];
const root = fileURLToPath(new URL("../../", import.meta.url));

const filesIn = (path: string): string[] =>
  path.endsWith(".ts")
    ? [path]
    : readdirSync(root + path, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts") && !LEFT_OUT.includes(file))
        .map((file) => `${path}/${file}`)
        .sort();

/** What is put in place of what; a pattern matches code, never text or comments. */
type Operator = readonly [pattern: RegExp, after: (found: string) => string];

const swap = (a: string, b: string): Operator[] => [
  [new RegExp(escaped(a), "g"), () => b],
  [new RegExp(escaped(b), "g"), () => a],
];
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Numbers after `??` stay: they stand for what is there in all observations, and only the compiler does not know it. */
const OPERATORS: readonly Operator[] = [
  ...swap(" > ", " >= "),
  ...swap(" < ", " <= "),
  ...swap(" === ", " !== "),
  ...swap(" && ", " || "),
  ...swap(" + ", " - "),
  ...swap("Math.max(", "Math.min("),
  ...swap("largest(", "smallest("),
  ...swap(".some(", ".every("),
  ...swap(".find(", ".findLast("),
  ...swap("true", "false"),
  [/(?<![\w.]|\?\? )\d[\d_]*(?![\w.])/g, (found) => String(Number(found.replaceAll("_", "")) + 1)],
  [/(?<=[\s(])!(?=[\w(])/g, () => ""],
  [/ (&&|\|\|) [^&|?:;,{}()\n]*(\([^()\n]*(\([^()\n]*\)[^()\n]*)*\)[^&|?:;,{}()\n]*)?(?=[;,)\n])/g, () => ""],
  [/(?<=\n) +if \([^\n]*\) return[^\n]*;(?=\n)/g, () => ""],
  [/(?<=\n) +(explains|blocks)(: [^\n]*)?,(?=\n)/g, () => ""],
];

/** Every change of every operator in the rules of a subject. */
export const allMutants = ({ rules }: Subject): Mutant[] => rules.flatMap(filesIn).flatMap(mutantsOf);

function mutantsOf(file: string): Mutant[] {
  const text = sourceOf(file);
  const code = masked(text);
  const operators = file.endsWith("confounders/index.ts")
    ? ([[/(?<=\n) {2}("[\w-]+": )?\w+,(?=\n)/g, () => ""]] as const)
    : OPERATORS;
  const found = operators.flatMap(([pattern, after]) =>
    [...code.matchAll(pattern)].map(({ 0: match, index: at }) => {
      const before = text.slice(at, at + match.length);
      return { file, at, before, after: after(before) };
    }),
  );
  return found.filter(({ at }) => !/^(import|export type|export interface|interface|type) /.test(lineAt(text, at)));
}

const lineAt = (text: string, at: number): string =>
  text.slice(text.lastIndexOf("\n", at) + 1, at + 1 + text.slice(at + 1).indexOf("\n"));

/** The text with blanks in place of comments and of what quotes hold, to the letter as long. Keys of an object in quotes stay. */
const masked = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|`[^`]*`|"[^"\n]*"(?!:)|\/(?![ *])[^/\n]+\/(?=\.)/g, (found) =>
    found.replace(/[^\n]/g, "~"),
  );
