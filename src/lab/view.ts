import type { LabDocument } from "../output/documents/lab.js";
import { type Block, type Page, paragraph, table } from "../output/page.js";
import { toned } from "../terminal/colour.js";
import { AS_RELEASED, DEFECTS, isDefectName } from "./defects/index.js";

/** Renders what runs, how to reach it, and the next commands. `keyFile` is the source of the key, if it was given. */
export function view(document: LabDocument, keyFile: string | undefined): Page {
  const { sickness, version } = document;
  const summary = isDefectName(sickness) ? DEFECTS[sickness].summary : "with the bugs of that release";
  const head = paragraph(
    toned("strong", `A fake LiteLLM ${version}`),
    sickness === "healthy" || sickness === AS_RELEASED ? summary : `with this bug: ${summary}`,
  );
  return { blocks: [head, facts(document, keyFile), next(document, keyFile)], rows: [{ ...document }] };
}

const facts = (
  { baseUrl, redisUrl, limit, workers, masterKey, key }: LabDocument,
  keyFile: string | undefined,
): Block =>
  table(
    ["what", "is"],
    [
      ["proxy", baseUrl],
      ["Redis", redisUrl],
      ["admin key", masterKey ?? "as given"],
      ["key", `${key ?? `as in ${keyFile}`} (alias lab, max_parallel_requests ${limit}, rpm 1000)`],
      ["workers", `${workers}, each with its own cache; a connection stays with its worker`],
      ["models", "gpt-lab, claude-lab; words such as wait=3000 status=500 chunks=10 gap=100 hang cut in the prompt"],
      ["truth", `GET ${baseUrl}/lab/stats; POST ${baseUrl}/lab/crash kills the worker that answers`],
    ],
  );

function next({ baseUrl, redisUrl, masterKey, key }: LabDocument, keyFile = "lab.key"): Block {
  const lines = [
    `export LITELLM_PROXY_URL=${baseUrl} REDIS_URL=${redisUrl}${masterKey ? ` LITELLM_PROXY_API_KEY=${masterKey}` : ""}`,
    ...(key ? [`echo ${key} > ${keyFile}`] : []),
    `llmctl probe /v1/messages --key-file ${keyFile}`,
    "llmctl dump",
    "llmctl doctor",
  ];
  return paragraph("In another terminal:", ...lines.map((line) => toned("command", `  ${line}`)));
}
