import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

/** `LLMCTL_CHROMIUM` names another one. */
const PATH = process.env.LLMCTL_CHROMIUM ?? "/usr/bin/chromium";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface Chromium {
  /** Opens a page file; everything that it asked for or complained of is kept. */
  open(path: string, look?: Look): Promise<OpenPage>;
  close(): Promise<void>;
}

interface Look {
  readonly width?: number;
  readonly scheme?: "light" | "dark";
}

interface OpenPage {
  readonly page: Page;
  /** Addresses of all requests but the page itself. */
  readonly requests: readonly string[];
  /** What the console and the page's scripts said. */
  readonly complaints: readonly string[];
}

/** A browser with a profile of its own, gone when it is closed. */
export async function startChromium(): Promise<Chromium> {
  if (!existsSync(PATH))
    throw new Error(`there is no Chromium at ${PATH}: apt-get install chromium, or name it by LLMCTL_CHROMIUM`);
  const profile = await mkdtemp(join(tmpdir(), "llmctl-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: PATH,
    args: FLAGS,
    chromiumSandbox: false,
    acceptDownloads: true,
  });
  return {
    open: (path, look = {}) => open(context, path, look),
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

async function open(
  context: BrowserContext,
  path: string,
  { width = 1000, scheme = "light" }: Look,
): Promise<OpenPage> {
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  const address = `file://${path}`;
  page.on("request", (request) => {
    if (request.url() !== address) requests.push(request.url());
  });
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.setViewportSize({ width, height: 800 });
  await page.emulateMedia({ colorScheme: scheme });
  await page.goto(address);
  return { page, requests, complaints };
}
