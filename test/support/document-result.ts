import type { CommandResult, DocumentResult } from "../../src/output/command-result.js";

/** The result of a command that ends with a document; an error for any other. */
export async function documentResult(result: CommandResult | Promise<CommandResult>): Promise<DocumentResult> {
  const one = await result;
  if (one.kind !== "document") throw new Error(`a document was expected, and not: ${one.kind}`);
  return one;
}
