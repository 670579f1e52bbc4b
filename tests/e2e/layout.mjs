// Lays a job summary out as a browser does: layout.mjs MARKDOWN WIDTH. Prints each run of text and each box as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const tools = createRequire(path.join(process.env.TOOLS, "any.js"));
const { chromium } = tools("playwright-core");
const { marked } = tools("marked");
const [markdown, width] = process.argv.slice(2);

// Near enough to GitHub's: what matters is what stands where.
const STYLE = `
  body { margin: 24px; font: 15px/1.5 "DejaVu Sans", sans-serif }
  h2 { margin: 0 0 14px; padding-bottom: 6px; font-size: 21px } p { margin: 0 0 14px } pre { margin: 8px 0 14px; padding: 12px }
  code { font: 13px "DejaVu Sans Mono", monospace } table { border-collapse: collapse; margin-bottom: 14px }
  th, td { padding: 6px 12px; text-align: left } th { font-weight: 600 } summary { list-style: none } summary + * { margin-top: 8px }
  .mark { display: inline-block; width: 1.4em }
`;

// Marks get the room that they have in a font of emoji, which may be missing here.
const body = (await marked.parse(readFileSync(markdown, "utf8"), { gfm: true })).replace(
  /\p{Emoji_Presentation}|⚠️/gu,
  '<span class="mark">$&</span>',
);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ viewport: { width: Number(width), height: 900 } });
  await page.setContent(`<!doctype html><meta charset="utf-8"><style>${STYLE}</style><body>${body}`);
  const laid = await page.evaluate(() => {
    // The log open, as a person opens it; the time line closed.
    for (const details of document.querySelectorAll("details")) {
      details.open = details.querySelector("code.language-mermaid") === null;
      details.querySelector("summary").prepend(details.open ? "▾ " : "▸ ");
    }
    const canvas = document.createElement("canvas").getContext("2d");
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!parent.checkVisibility()) continue;
      const style = getComputedStyle(parent);
      canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
      const ascent = canvas.measureText("x").fontBoundingBoxAscent;
      for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        const [rect] = range.getClientRects();
        if (!rect || rect.width === 0) continue;
        const [x, y] = [rect.left, rect.top + ascent];
        const last = texts.at(-1);
        // Words of one line are one run.
        if (last && last.node === node && last.y === y) {
          const gap = node.data.slice(last.end, index);
          Object.assign(last, { text: last.text + gap + word, width: rect.right - last.x, end: index + word.length });
          continue;
        }
        texts.push({
          node,
          end: index + word.length,
          x,
          y,
          width: rect.width,
          text: word,
          size: parseFloat(style.fontSize),
          bold: Number(style.fontWeight) >= 600,
          mono: style.fontFamily.includes("Mono"),
          mark: parent.className === "mark",
          link: parent.closest("a") !== null,
        });
      }
    }
    const boxes = (selector) =>
      // What a closed `<details>` holds has a place, but is not seen.
      [...document.querySelectorAll(selector)]
        .filter((element) => element.checkVisibility())
        .flatMap((element) => [...element.getClientRects()])
        .map(({ left, top, width, height }) => ({ x: left, y: top, width, height }));
    return {
      height: document.body.getBoundingClientRect().bottom + 24,
      texts: texts.map(({ node, end, ...text }) => text),
      cells: boxes("th, td"),
      codes: [...boxes("pre"), ...boxes("p code")],
      rules: boxes("h2").map(({ x, y, width, height }) => ({ x, y: y + height, width, height: 1 })),
    };
  });
  console.log(JSON.stringify(laid));
} finally {
  await browser.close();
}
