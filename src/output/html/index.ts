import { createHash } from "node:crypto";
import type { Attachment, Page } from "../page.js";
import { renderBlock } from "./block.js";
import { escapeHtml, escapeJson } from "./escape.js";
import { SCRIPT } from "./script.js";
import { STYLE } from "./style.js";

/** Renders a self-contained page; its own policy forbids every network request. */
export async function renderHtml({ title = "", status, blocks, attachment }: Page): Promise<string> {
  const parts: string[] = [];
  for (const block of blocks) parts.push(await renderBlock(block));
  const sections = blocks.filter((block) => block.kind === "section");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">To the verdict</a>
<div class="page">
<header><h1>${escapeHtml(title)}</h1></header>
<main id="main">
${status ? renderStatus(status) : ""}
<nav aria-label="Sections"><ul>${[...sections, ...(attachment ? [COPY] : [])].map(link).join("")}</ul></nav>
${parts.join("\n")}
${attachment ? renderAttachment(attachment) : ""}
</main>
<footer>Made by llmctl. Self-contained; makes no network requests.</footer>
</div>
${attachment ? `<script>${SCRIPT}</script>` : ""}
</body>
</html>
`;
}

const sha256 = createHash("sha256").update(SCRIPT).digest("base64");
const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${sha256}'; base-uri 'none'; form-action 'none'`;

const COPY = { id: "copy-of-the-data", title: "The data" };

const link = ({ id, title }: { id: string; title: string }): string =>
  `<li><a href="#${id}">${escapeHtml(title)}</a></li>`;

const renderStatus = ({ word, tone, lines }: NonNullable<Page["status"]>): string =>
  `<section class="status ${tone}" aria-label="Verdict"><strong>${escapeHtml(word)}</strong>${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join("")}</section>`;

function renderAttachment({ name, text }: Attachment): string {
  const size = Math.ceil(Buffer.byteLength(text) / 1024);
  return `<section aria-labelledby="${COPY.id}"><h2 id="${COPY.id}">${COPY.title}</h2>
<p>This page holds a copy of the data that it was made of: <code>${escapeHtml(name)}</code>, ${size} KiB.</p>
<p><button id="save" type="button" hidden>Save ${escapeHtml(name)}</button></p>
<noscript><p>It stands in the source of this page, in the element with the id <code>copy</code>.</p></noscript>
<script type="application/json" id="copy" data-name="${escapeHtml(name)}">
${escapeJson(text)}</script>
</section>`;
}
