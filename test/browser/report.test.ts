import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Chromium, startChromium } from "./chromium.js";
import { HOSTILE, makePages, type Pages } from "./pages.js";

const script = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const CONTRAST = script("contrast.js");
const GROUNDS =
  "[...document.querySelectorAll('.heat tbody td:has(a)')].map((one) => getComputedStyle(one).backgroundColor)";
const FOCUS = script("focus.js");

let browser: Chromium;
let pages: Pages;
beforeAll(async () => {
  [browser, pages] = await Promise.all([startChromium(), makePages()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await pages?.remove();
});

const NAMES = ["few", "refusals", "many", "empty", "hostile", "compared", "matrix"] as const;

describe.each(NAMES)("the page of %s", (name) => {
  it.each([360, 1000])(
    "asks nothing of the network, says nothing on the console, and does not scroll sideways at %i px",
    async (width) => {
      const { page, requests, complaints } = await browser.open(pages[name], { width });
      for (const details of await page.locator("details").all())
        await details.evaluate((one) => one.setAttribute("open", ""));
      expect(requests).toEqual([]);
      expect(complaints).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      await page.close();
    },
  );

  it("has one main, one h1, headings without a gap, and an id for every link", async () => {
    const { page } = await browser.open(pages[name]);
    expect(await page.locator("main").count()).toBe(1);
    expect(await page.locator("h1").count()).toBe(1);
    const levels = await page.locator("h1,h2,h3").evaluateAll((all) => all.map((one) => Number(one.tagName[1])));
    for (const [at, level] of levels.entries()) expect(level - (levels[at - 1] ?? 0)).toBeLessThanOrEqual(1);
    const ids = await page.locator("[id]").evaluateAll((all) => all.map((one) => one.id));
    expect(new Set(ids).size).toBe(ids.length);
    const links = await page
      .locator('a[href^="#"]')
      .evaluateAll((all) => all.map((one) => one.getAttribute("href")?.slice(1)));
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((to) => !ids.includes(to ?? ""))).toEqual([]);
    await page.close();
  });

  it("tells every chart in words and as a table", async () => {
    const { page } = await browser.open(pages[name]);
    const figures = await page.locator("figure").all();
    expect(figures.length).toBe({ few: 2, refusals: 2, many: 3, empty: 0, hostile: 2, compared: 4, matrix: 0 }[name]);
    for (const figure of figures) {
      const words = await figure.locator("figcaption p").textContent();
      expect(words?.length).toBeGreaterThan(30);
      const shown = figure.locator("svg").and(page.locator(":visible"));
      expect(await shown.count()).toBe(1);
      expect(await shown.getAttribute("role")).toBe("img");
      expect(await shown.getAttribute("aria-label")).toContain(words);
      const section = figure.locator("xpath=ancestor::section[1]");
      expect(await section.locator('details table, a[href="#calls"]').count()).toBeGreaterThan(0);
    }
    await page.close();
  });
});

describe("the page", () => {
  it("is dark where the reader wants dark, and readable in both", async () => {
    const contrast = async (scheme: "light" | "dark") => {
      const { page } = await browser.open(pages.few, { scheme });
      const worst = (await page.evaluate(CONTRAST)) as { ratio: number; text: string };
      const paper = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      await page.close();
      return { worst, paper };
    };
    const [light, dark] = [await contrast("light"), await contrast("dark")];
    expect(light.paper).not.toBe(dark.paper);
    // WCAG 2.2 AA for text of normal size.
    for (const { worst } of [light, dark]) expect(worst.ratio, worst.text).toBeGreaterThanOrEqual(4.5);
  });

  it("tells by words what the colours of the heat table tell, readable in both schemes", async () => {
    const papers: string[][] = [];
    for (const scheme of ["light", "dark"] as const) {
      const { page } = await browser.open(pages.matrix, { scheme });
      const { ratio, text } = (await page.evaluate(CONTRAST)) as { ratio: number; text: string };
      expect(ratio, text).toBeGreaterThanOrEqual(4.5);
      const cells = page.locator(".heat tbody td:has(a)");
      const words = await cells.allTextContents();
      const grounds = (await page.evaluate(GROUNDS)) as string[];
      const kinds = new Map(words.map((word, at) => [word, grounds[at] ?? ""]));
      expect(kinds.size).toBe(7);
      // A leak, a late slot, a doubt, health and what was skipped each look different.
      const different = ["leak", "slow-release", "inconclusive", "healthy", "skipped"].map((word) => kinds.get(word));
      expect(new Set(different).size).toBe(5);
      papers.push(grounds);
      await page.close();
    }
    expect(papers[0]).not.toEqual(papers[1]);
  });

  it("leads by keyboard from a word of the heat table to its proof, also on a small screen", async () => {
    const { page } = await browser.open(pages.matrix, { width: 360 });
    const names = page.locator(".heat tbody th");
    const placeOf = async () => (await names.first().boundingBox())?.x;
    const before = await placeOf();
    for (let step = 0; step < 60; step++) {
      await page.keyboard.press("Tab");
      if ((await page.evaluate(FOCUS)) === "over-admission") break;
    }
    // The row's name stays where it is while the table scrolls below it.
    expect(await page.locator(".scroll:has(.heat)").evaluate((one) => one.scrollLeft)).toBeGreaterThan(0);
    expect(Math.abs(((await placeOf()) ?? 0) - (before ?? 0))).toBeLessThan(3);
    await page.keyboard.press("Enter");
    expect(await page.locator("tr:target").textContent()).toContain("4 at once, limit 3");
    await page.close();
  });

  it("is reached by the keyboard in whole: the skip link first, then sections, tables, the button", async () => {
    const { page } = await browser.open(pages.few);
    const seen: string[] = [];
    for (let step = 0; step < 60; step++) {
      await page.keyboard.press("Tab");
      const name = (await page.evaluate(FOCUS)) as string;
      if (name === "" || (seen.length > 1 && name === seen[0])) break;
      seen.push(name);
    }
    expect(seen[0]).toBe("To the verdict");
    const reachable = await page
      .locator("a, button, summary, [tabindex='0']")
      .evaluateAll((all) => all.filter((one) => one.checkVisibility()).length);
    expect(seen).toHaveLength(reachable);
    expect(seen).toContain("Save few.ndjson");
    // Chromium reaches what scrolls by itself; other browsers need to be told.
    expect(await page.locator(".scroll").count()).toBeGreaterThan(2);
    expect(await page.locator(".scroll:not([tabindex='0'][role=region][aria-label])").count()).toBe(0);
    await page.close();
  });

  it("leads from the evidence to the call that proves it", async () => {
    const { page } = await browser.open(pages.refusals);
    await page.getByRole("link", { name: "call 4", exact: true }).click();
    expect(await page.locator("tr:target").textContent()).toContain("refused by the limiter");
    await page.close();
  });

  it.each(["few", "hostile"] as const)("gives the record of %s back as it was", async (name) => {
    const { page } = await browser.open(pages[name]);
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#save").click()]);
    expect(download.suggestedFilename()).toBe(`${name}.ndjson`);
    const lines = (text: string) =>
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    const saved = await readFile((await download.path()) as string, "utf8");
    expect(lines(saved)).toEqual(lines(await readFile(join(pages.dir, `${name}.ndjson`), "utf8")));
    await page.close();
  });

  it("shows hostile text as text", async () => {
    const { page } = await browser.open(pages.hostile);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator("dd", { hasText: "alert(1)" }).first().textContent()).toContain(HOSTILE.slice(0, 30));
    await page.close();
  });

  it("tells on pointing what a bar is, once in each width", async () => {
    const { page } = await browser.open(pages.many);
    const titles = await page.locator("#timeline-chart .wide svg title").allTextContents();
    expect(titles.filter((title) => title.startsWith("call "))).toHaveLength(500);
    expect(titles).toContain("call 16, burst: refused by the limiter (429), sent at 55 ms, took 8 ms");
    await page.close();
  });
});
