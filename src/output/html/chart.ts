import type { Chart, Drawing } from "../page.js";
import { escapeHtml } from "./escape.js";

/**
 * Widths in pixels. A chart is drawn for screens and for phones, because scaled text is illegible; CSS shows the one
 * that fits.
 */
const WIDTHS = { wide: 912, narrow: 328 } as const;

/** Renders a chart as a figure: title, words, legend, and the drawing as SVG in both widths. */
export async function renderChart(chart: Chart): Promise<string> {
  const { id, title, words, legend, draw } = chart;
  const drawings = await Promise.all(
    Object.entries(WIDTHS).map(async ([name, width]) => {
      const svg = await renderSvg(draw(width), width);
      return `<div class="${name}">${label(svg, `${title}. ${words}`)}</div>`;
    }),
  );
  const keys = legend.map(({ mark, text }) => `<li><span class="mark ${mark}"></span>${escapeHtml(text)}</li>`);
  return `<figure id="${id}">
<figcaption><h3>${escapeHtml(title)}</h3><p>${escapeHtml(words)}</p></figcaption>
${keys.length > 0 ? `<ul class="legend">${keys.join("")}</ul>` : ""}
${drawings.join("\n")}
</figure>`;
}

async function renderSvg({ option, height, titles }: Drawing, width: number): Promise<string> {
  const { init } = await import("echarts/dist/echarts.esm.min.mjs");
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({ ...option, animation: false, backgroundColor: "transparent" });
    return withTitles(chart.renderToSVGString({ useViewBox: true }), titles);
  } finally {
    // An open chart keeps timers, and with them the process.
    chart.dispose();
  }
}

const label = (svg: string, words: string): string =>
  svg.replace("<svg ", `<svg role="img" aria-label="${escapeHtml(words)}" `);

const META = / ecmeta_series_index="(\d+)" ecmeta_data_index="(\d+)" ecmeta_ssr_type="\w+"/;

/** Adds the titles to the drawn elements, and removes what only the script of ECharts would read. */
function withTitles(svg: string, titles: Drawing["titles"]): string {
  return svg
    .replace(/<style ?>.*?<\/style>/gs, "")
    .replaceAll(/ class="zr[\w-]+"/g, "")
    .replaceAll(
      /<(\w+)([^>]*?)(\/?)>(<\/\1>)?/g,
      (element, tag: string, attributes: string, empty: string, close = "") => {
        const meta = META.exec(attributes);
        if (!meta) return element;
        const title = titles[Number(meta[1])]?.[Number(meta[2])];
        const bare = attributes.replace(META, "");
        return title === undefined || (empty === "" && close === "")
          ? `<${tag}${bare}${empty}>${close}`
          : `<${tag}${bare}><title>${escapeHtml(title)}</title></${tag}>`;
      },
    );
}
