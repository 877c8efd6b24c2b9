/** Breaks a line between words so that it fits `width` columns; what follows is indented like the line itself. A longer word stays whole. */
export function wrap(line: string, width: number): string[] {
  if (width === 0 || line.length <= width) return [line];
  const indent = /^ *(- )?/.exec(line)?.[0].replace("-", " ") ?? "";
  const lines: string[] = [];
  let current = "";
  for (const word of line.trimEnd().slice(indent.length).split(" ")) {
    const start = lines.length === 0 ? line.slice(0, indent.length) : indent;
    if (current !== "" && start.length + current.length + 1 + word.length > width) {
      lines.push(start + current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, (lines.length === 0 ? line.slice(0, indent.length) : indent) + current];
}
