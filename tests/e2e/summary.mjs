// Draws a job summary: summary.mjs MARKDOWN MERMAID-PACKAGE PICTURE. Prints what is to be seen as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const tools = createRequire(path.join(process.env.TOOLS, "any.js"));
const { chromium } = tools("playwright-core");
const { marked } = tools("marked");
const [markdown, mermaid, picture] = process.argv.slice(2);

const body = await marked.parse(readFileSync(markdown, "utf8"), { gfm: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ viewport: { width: 1000, height: 900 }, timezoneId: "Asia/Tokyo" });
  await page.setContent(`<!doctype html><meta charset="utf-8"><body style="font-family: sans-serif">${body}`);
  await page.addScriptTag({ path: path.join(process.env.TOOLS, "node_modules", mermaid, "dist", "mermaid.min.js") });
  const seen = await page.evaluate(async () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    const all = (selector, of) => [...document.querySelectorAll(selector)].map(of);
    const text = (element) => element.textContent.trim();
    const blocks = all("pre code.language-text", text).join("\n");
    for (const code of document.querySelectorAll("code.language-mermaid")) {
      const chart = document.createElement("div");
      chart.className = "mermaid";
      chart.textContent = code.textContent;
      code.parentElement.replaceWith(chart);
    }
    globalThis.mermaid.initialize({ startOnLoad: false, gantt: { useWidth: 900 } });
    await globalThis.mermaid.run({ querySelector: ".mermaid" });
    const names = all("svg text[class*=taskText]", text);
    return {
      heading: text(document.querySelector("h2")),
      text: document.body.innerText,
      code: all("p code", text).join("\n"),
      links: all("a", (link) => link.href),
      blocks,
      bars: all("svg rect.task, svg rect[class^=task]", (bar, index) => ({
        name: names[index],
        x: bar.x.baseVal.value,
        width: bar.width.baseVal.value,
      })),
      ticks: all("svg .grid .tick text", text),
    };
  });
  await page.screenshot({ path: picture, fullPage: true });
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}
