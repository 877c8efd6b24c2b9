import widthOf from "fast-string-width";

/** Breaks a line between words to fit `width` columns (0: never), and indents the rest. A longer word stays whole. */
export function wrap(line: string, width: number): string[] {
  if (width === 0 || widthOf(line) <= width) return [line];
  const indent = /^ *(- )?/.exec(line)?.[0].replace("-", " ") ?? "";
  const lines: string[] = [];
  let current = "";
  for (const word of line.trimEnd().slice(indent.length).split(" ")) {
    const start = lines.length === 0 ? line.slice(0, indent.length) : indent;
    if (current !== "" && start.length + widthOf(current) + 1 + widthOf(word) > width) {
      lines.push(start + current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, (lines.length === 0 ? line.slice(0, indent.length) : indent) + current];
}
